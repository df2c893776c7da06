// What the page about a live server's statements knows: one window of it, narrowed, and one statement of it.
import type { SourceId } from '../../api/generated/SourceId';
import type { StatementDetail } from '../../api/generated/StatementDetail';
import type { StatementGap } from '../../api/generated/StatementGap';
import type { StatementGapKind } from '../../api/generated/StatementGapKind';
import type { StatementRow } from '../../api/generated/StatementRow';
import type { StatementsPage } from '../../api/generated/StatementsPage';
import type { TimeRange } from '../../api/generated/TimeRange';
import { host } from '../../api/host';
import { Resource } from '../../api/resource.svelte';
import type { Plot } from '../../shared/chartModel';
import { duration, stretch } from '../../shared/format';

/** Statements are read every ten seconds; asking more often shows nothing new. */
const SPACING = 5000;

export interface StatementsQuestion {
  source: SourceId;
  range: TimeRange;
}

export const statementsResource = (): Resource<StatementsQuestion, StatementsPage> =>
  new Resource(({ source, range }) => host().statementsPage(source, range), SPACING);

export const detailResource = (): Resource<StatementsQuestion & { queryid: string }, StatementDetail> =>
  new Resource(({ source, queryid, range }) => host().statementDetail(source, queryid, range), SPACING);

/** One entry of pg_stat_statements: the same text may be counted for several roles and databases. */
export const rowKey = (row: StatementRow): string =>
  [row.queryid, row.database, row.user, row.top_level].join('/');

export interface StatementFilter {
  text: string;
  database: string;
  own: boolean;
}

export function narrowStatements(rows: StatementRow[], filter: StatementFilter): StatementRow[] {
  const needle = filter.text.trim().toLowerCase();
  return rows.filter((row) => {
    if (row.own && !filter.own) return false;
    if (filter.database !== '' && row.database !== filter.database) return false;
    const said = [row.statement ?? '', row.queryid, row.fingerprint ?? '', row.user, row.database];
    return said.join('\n').toLowerCase().includes(needle);
  });
}

/** Seconds that were really counted; nothing to divide by before the second reading. */
export function countedSeconds(counted: TimeRange | null): number | null {
  return counted === null || counted.to <= counted.from ? null : (counted.to - counted.from) / 1000;
}

/** "counted 10:00:04 to 10:05:00" */
export const countedWords = (counted: TimeRange, now: number): string =>
  `counted ${stretch(counted.from, counted.to, now)}`;

/** Milliseconds of execution each second: from a second on as the sessions that are busy with it. */
export function loadWords(msPerSecond: number): string {
  return msPerSecond < 1000
    ? `${duration(msPerSecond / 1000)} of execution each second`
    : `${(msPerSecond / 1000).toFixed(1)} sessions busy on average`;
}

const GAP_LABELS: Record<StatementGapKind, string> = {
  reset: 'reset',
  restart: 'restarted',
  evicted: 'evicted',
  not_read: 'not read',
};

/** The chart with a mark for each gap that it does not tell already. */
export function withGaps(chart: Plot, gaps: StatementGap[]): Plot {
  const known = new Set(chart.marks.map(({ at }) => at));
  const marks = gaps
    .filter(({ at }) => !known.has(at))
    .map(({ at, kind }) => ({ at, label: GAP_LABELS[kind] }));
  return { ...chart, marks: [...chart.marks, ...marks].toSorted((a, b) => a.at - b.at) };
}
