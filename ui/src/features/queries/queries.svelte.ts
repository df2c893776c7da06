// What the Queries page knows: the statements of one replay, narrowed, with their trends as charts.
import type { CacheForecast } from '../../api/generated/CacheForecast';
import type { QueryStats } from '../../api/generated/QueryStats';
import type { QueryTrend } from '../../api/generated/QueryTrend';
import type { Plot, PlotSeries } from '../../shared/chartModel';
import { duration, plural } from '../../shared/format';
import { fitting, type Column } from '../../shared/table';

export function narrow(
  queries: QueryStats[],
  filter: { text: string; table: string; verb: string },
): QueryStats[] {
  const needle = filter.text.trim().toLowerCase();
  return queries.filter((query) => {
    if (filter.verb !== '' && query.verb !== filter.verb) return false;
    if (filter.table !== '' && !query.tables.includes(filter.table)) return false;
    return `${query.statement}\n${query.routes.join('\n')}`.toLowerCase().includes(needle);
  });
}

const number = (
  key: string,
  title: string,
  width: string,
  value: (row: QueryStats) => number | null,
  hint?: string,
): Column<QueryStats> => ({ key, title, width, value, numeric: true, ...(hint ? { hint } : {}) });

const COLUMNS: Column<QueryStats>[] = [
  { key: 'statement', title: 'Statement', value: (row) => row.statement },
  number('calls', 'Calls', '66px', (row) => row.calls),
  number('total', 'Total time', '82px', (row) => (row.timed === 0 ? null : row.total_ms)),
  number(
    'share',
    'Share of time',
    '96px',
    (row) => (row.timed === 0 ? null : row.time_ratio),
    'Of the time of all statements',
  ),
  number('mean', 'Mean', '64px', (row) => row.mean_ms),
  number('p95', 'p95', '64px', (row) => row.p95_ms, 'At most 1/32 too low'),
  number('max', 'Max', '64px', (row) => row.max_ms),
  number('rows', 'Rows', '54px', (row) => row.rows_mean, 'Mean of the executions whose rows are known'),
  number('errors', 'Errors', '52px', (row) => row.errors),
  { key: 'trend', title: 'Calls over time', value: (row) => row.calls, width: '96px', sortable: false },
];

/** In the order in which they give way; each stands in the detail as well. */
const GIVE_WAY = ['trend', 'rows', 'errors', 'max', 'share'];

/** The columns that leave a statement the room to be told apart. */
export const columnsFor = (width: number): Column<QueryStats>[] => fitting(COLUMNS, GIVE_WAY, width, 230);

export interface Trend {
  calls: Plot;
  mean: Plot;
}

/** Calls and mean time by step; a step without calls has no mean, and is a gap. */
export function trendOf({ from, step_ms, calls, total_ms }: QueryTrend, zoom: Plot['range'] | null): Trend {
  const times = calls.map((_, index) => from + index * step_ms);
  const range = zoom ?? { from, to: from + Math.max(1, calls.length) * step_ms };
  const plot = (series: PlotSeries): Plot => ({ range, times, series: [series], thresholds: [], marks: [] });
  const origin = 'executions in the log';
  const means = calls.map((count, index) => (count === 0 ? null : (total_ms[index] ?? 0) / count));
  return {
    calls: plot({ name: 'calls', unit: 'count', origin, values: calls, highs: null }),
    mean: plot({
      name: 'mean',
      unit: 'milliseconds',
      origin: `durations over ${origin}`,
      values: means,
      highs: null,
    }),
  };
}

/** "15 min" */
export const stepWords = ({ step_ms }: QueryTrend): string =>
  duration(step_ms / 1000).replace('60 s', 'minute');

export function cacheWords(cache: CacheForecast): string {
  if (cache.type === 'not_cacheable') return `Not worth caching: ${cache.reason}`;
  return 'Simulated over the log in its order; writes to its tables empty the cache.';
}

export function leftOutWords(statements: number, calls: number): string | null {
  if (statements === 0) return null;
  return `Not listed: ${plural(statements, 'statement')} with ${plural(calls, 'call')}.`;
}
