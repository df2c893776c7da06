// What a chart is made of, apart from how it is painted: series, thresholds, marks, and their summary in words.
import { clock, quantity, type UnitName } from './format';
import { niceScale, type Scale } from './chartScale';

export type SeriesColor = `s${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}` | 'crit' | 'warn' | `wait-${string}`;

export interface Plot {
  range: { from: number; to: number };
  times: number[];
  series: PlotSeries[];
  thresholds: { value: number; label: string; severity: string }[];
  marks: { at: number; label: string }[];
}

export interface PlotSeries {
  name: string;
  unit: UnitName;
  origin: string;
  values: (number | null)[];
  highs: (number | null)[] | null;
}

/** With many points to a pixel a line is a band of its own: shades, dashes and broad strokes would only cost time. */
export const dense = (plot: Plot): boolean => plot.times.length > 3000;

/** Whether a line has a shade up to its highs. */
export const shaded = (plot: Plot, line: PlotSeries): boolean => line.highs !== null && !dense(plot);

export const DEFAULT_COLORS: SeriesColor[] = ['s1', 's2', 's4', 's3', 's5', 's6'];

export function colorOf(index: number, colors: SeriesColor[]): SeriesColor {
  return colors[index % colors.length] ?? 's1';
}

/** The newest value that is not a gap. */
export function lastValue(values: (number | null)[]): number | null {
  for (let i = values.length - 1; i >= 0; i -= 1) {
    const value = values[i];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

/** Steps of the axis at which something is known. */
export function knownSteps(plot: Plot): number {
  return plot.times.filter((_, index) =>
    plot.series.some(({ values }) => values[index] !== null && values[index] !== undefined),
  ).length;
}

/** The value under the cursor, else the present one; a gap under the cursor stays a gap. */
export function valueAt(values: (number | null)[], cursor: number | null): number | null {
  // The present is the last step, even when it is a gap: a dead source has no current value.
  return cursor === null ? (values.at(-1) ?? null) : (values[cursor] ?? null);
}

export function highest(plot: Plot, hidden: ReadonlySet<string>): number {
  let peak = 0;
  for (const series of plot.series) {
    if (hidden.has(series.name)) continue;
    for (const value of (shaded(plot, series) ? series.highs : null) ?? series.values) {
      if (value !== null && value > peak) peak = value;
    }
  }
  return peak;
}

/** Limits thresholds into view when they always matter, or when the data comes near them. */
export function yScale(plot: Plot, hidden: ReadonlySet<string>, pinned: boolean, ticks: number): Scale {
  const peak = highest(plot, hidden);
  const unit = plot.series[0]?.unit ?? 'count';
  const limits = plot.thresholds.map((threshold) => threshold.value);
  const nearest = Math.min(...limits);
  const shown = limits.length > 0 && (pinned || peak >= nearest / 2);
  // A ratio that may reach its limit is drawn against the whole, so that 100% is always the top.
  if (unit === 'ratio' && shown && peak <= 1) return { max: 1, step: ticks < 4 ? 0.5 : 0.25 };
  return niceScale(Math.max(peak, shown ? Math.max(...limits) * 1.02 : 0), unit, ticks);
}

/** One sentence for those who cannot see the chart. */
export function summary(label: string, plot: Plot): string {
  if (plot.times.length === 0) return `${label}: no data in this window`;
  const parts = plot.series.map((series) => {
    const known = series.values.filter((value): value is number => value !== null);
    if (known.length === 0) return `${series.name}: no data`;
    const low = known.reduce((a, b) => Math.min(a, b));
    const high = known.reduce((a, b) => Math.max(a, b));
    const now = quantity(lastValue(series.values), series.unit);
    return `${series.name} now ${now}, between ${quantity(low, series.unit)} and ${quantity(high, series.unit)}`;
  });
  return `${label}: ${parts.join('; ')}`;
}

export function readout(plot: Plot, cursor: number): string {
  const at = plot.times[cursor];
  if (at === undefined) return '';
  const values = plot.series.map(
    (series) => `${series.name} ${quantity(series.values[cursor], series.unit)}`,
  );
  return `${clock(at)}: ${values.join(', ')}`;
}
