// Lays the series of a plot on each other, so that the top of one is the bottom of the next.
import type { Plot } from './chartModel';

/** A series that is switched off takes no room. Where nothing at all is known there is a gap. */
export function stackOf(plot: Plot, hidden: ReadonlySet<string>): Plot {
  const tops = plot.times.map((_, index): number | null => (known(plot, index) ? 0 : null));
  const series = plot.series.map((line) => {
    const taken = hidden.has(line.name) ? [] : line.values;
    tops.forEach((top, index) => {
      if (top !== null) tops[index] = top + (taken[index] ?? 0);
    });
    return { ...line, values: [...tops], highs: null };
  });
  return { ...plot, series };
}

const known = (plot: Plot, index: number): boolean =>
  plot.series.some(({ values }) => values[index] !== null && values[index] !== undefined);
