// The mean time of several statements together, over the time of the log.
import type { QueryTrend } from '../../api/generated/QueryTrend';
import type { Plot } from '../../shared/chartModel';

/** Time over calls by step of the coarsest trend; a step without calls is a gap. */
export function meanOf(trends: QueryTrend[]): { plot: Plot; step_ms: number } | null {
  const known = trends.filter(({ calls }) => calls.some((number) => number > 0));
  if (known.length === 0) return null;
  const step_ms = Math.max(...known.map((trend) => trend.step_ms));
  const from = Math.min(...known.map((trend) => trend.from));
  const to = Math.max(...known.map((trend) => trend.from + trend.calls.length * trend.step_ms));
  const steps = Math.max(1, Math.ceil((to - from) / step_ms));
  const calls = new Array<number>(steps).fill(0);
  const total = new Array<number>(steps).fill(0);
  for (const trend of known) {
    trend.calls.forEach((number, index) => {
      const at = Math.floor((trend.from + index * trend.step_ms - from) / step_ms);
      calls[at] = (calls[at] ?? 0) + number;
      total[at] = (total[at] ?? 0) + (trend.total_ms[index] ?? 0);
    });
  }
  const plot: Plot = {
    range: { from, to: from + steps * step_ms },
    times: calls.map((_, index) => from + index * step_ms),
    series: [
      {
        name: 'mean',
        unit: 'milliseconds',
        origin: 'Durations of the served statements in the log, over their executions',
        values: calls.map((number, index) => (number === 0 ? null : (total[index] ?? 0) / number)),
        highs: null,
      },
    ],
    thresholds: [],
    marks: [],
  };
  return { plot, step_ms };
}
