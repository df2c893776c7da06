// The columns of the table of the console's own queries.
import type { OwnQuery } from '../../api/generated/OwnQuery';
import { ABSENT, briefMs, count } from '../../shared/format';
import type { Column } from '../../shared/table';

export interface OwnColumn extends Column<OwnQuery> {
  text?: (row: OwnQuery) => string;
}

const figure = (
  key: string,
  title: string,
  width: number,
  value: (row: OwnQuery) => number | null,
  words: (value: number) => string,
  hint?: string,
): OwnColumn => ({
  key,
  title,
  width: `${width}px`,
  numeric: true,
  value,
  text: (row) => {
    const known = value(row);
    return known === null ? ABSENT : words(known);
  },
  ...(hint ? { hint } : {}),
});

const perCall = ({ calls, rows }: OwnQuery): number | null => (calls === 0 ? null : rows / calls);

const COLUMNS: OwnColumn[] = [
  { key: 'name', title: 'Query', value: (row) => `${row.name} ${row.purpose}` },
  figure('calls', 'Calls', 74, (row) => row.calls, count),
  figure(
    'mean',
    'Mean',
    74,
    (row) => row.mean_ms,
    briefMs,
    'As the console waits for it, the network included',
  ),
  figure('longest', 'Longest', 78, (row) => row.longest_ms, briefMs),
  figure('rows', 'Rows/call', 78, perCall, count),
  figure('errors', 'Errors', 64, (row) => row.errors, count),
  figure('server', 'Server time', 92, (row) => row.server_ms, briefMs, 'Of all calls, by pg_stat_statements'),
];

/** Beside a detail only what tells queries apart. */
export const ownColumns = (brief: boolean): OwnColumn[] =>
  brief ? COLUMNS.filter(({ key }) => key === 'name' || key === 'mean' || key === 'server') : COLUMNS;
