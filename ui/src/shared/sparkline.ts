// The lines of a trend: one SVG path for each run between gaps.
export function sparkPaths(values: (number | null)[], width: number, height: number): string[] {
  const known = values.filter((value): value is number => value !== null);
  if (known.length < 2) return [];
  const low = Math.min(...known);
  const span = Math.max(...known) - low;
  const inset = 3;
  const x = (index: number) => ((index / (values.length - 1)) * width).toFixed(1);
  // A flat trend runs through the middle; anything else fills the height.
  const y = (value: number) =>
    (span === 0 ? height / 2 : height - inset - ((value - low) / span) * (height - 2 * inset)).toFixed(1);

  const paths: string[] = [];
  let run: string[] = [];
  const close = () => {
    if (run.length > 1) paths.push(`M${run.join('L')}`);
    run = [];
  };
  values.forEach((value, index) => {
    if (value === null) close();
    else run.push(`${x(index)},${y(value)}`);
  });
  close();
  return paths;
}
