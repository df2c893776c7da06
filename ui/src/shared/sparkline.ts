// The lines of a trend: one SVG path for each run between gaps, a dash for a value that stands alone.
const DASH = 3;

export function sparkPaths(values: (number | null)[], width: number, height: number): string[] {
  const known = values.filter((value): value is number => value !== null);
  if (known.length === 0) return [];
  const low = Math.min(...known);
  const span = Math.max(...known) - low;
  const inset = 3;
  const steps = Math.max(1, values.length - 1);
  const x = (index: number) => (index / steps) * width;
  // A flat trend runs through the middle; anything else fills the height.
  const y = (value: number) =>
    (span === 0 ? height / 2 : height - inset - ((value - low) / span) * (height - 2 * inset)).toFixed(1);

  const paths: string[] = [];
  let run: [at: number, height: string][] = [];
  const close = () => {
    const [first, ...more] = run;
    if (first && more.length === 0) {
      const from = Math.min(first[0], width - DASH);
      run.push([from + DASH, first[1]]);
      first[0] = from;
    }
    if (first) paths.push(`M${run.map(([at, y]) => `${at.toFixed(1)},${y}`).join('L')}`);
    run = [];
  };
  values.forEach((value, index) => {
    if (value === null) close();
    else run.push([x(index), y(value)]);
  });
  close();
  return paths;
}
