// The chart of shared executions: a colour for each instance, and what all of them make together.
import { valueAt, type PlotSeries, type SeriesColor } from '../../shared/chartModel';

export const INSTANCE_COLORS: SeriesColor[] = ['s1', 's2', 's4', 's3', 's5', 's7', 's8', 's9', 's6'];

/** Nothing where none of them is known at this step. */
export function totalAt(lines: PlotSeries[], step: number | null): number | null {
  const known = lines.map(({ values }) => valueAt(values, step)).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
