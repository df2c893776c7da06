// The columns of the table of statements, in four sets, so that each fits a small window.
import type { StatementColumns } from '../../api/generated/StatementColumns';
import type { StatementRow } from '../../api/generated/StatementRow';
import { ABSENT, briefMs, bytes, count, percent } from '../../shared/format';
import type { Column } from '../../shared/table';
import { share } from './share';

export type ColumnSet = 'time' | 'blocks' | 'wal' | 'planning';

export const COLUMN_SETS: { value: ColumnSet; text: string; hint: string }[] = [
  { value: 'time', text: 'Time', hint: 'How long and how often' },
  { value: 'blocks', text: 'Blocks', hint: 'What was found in shared buffers, and what was read' },
  { value: 'wal', text: 'WAL & temp', hint: 'What was written to the log and to temporary files' },
  { value: 'planning', text: 'Planning', hint: 'How long plans took to be made' },
];

export interface StatementColumn extends Column<StatementRow> {
  /** How its value reads; statement, share and trend are drawn. */
  text?: (row: StatementRow) => string;
}

type Figure = (row: StatementRow) => number | null;

/** `seconds` were counted; what a server does not count is absent, not zero. */
export function columnsOf(
  set: ColumnSet,
  seconds: number | null,
  counted: StatementColumns,
): StatementColumn[] {
  const figure = (
    key: string,
    title: string,
    width: number,
    value: Figure,
    words: (value: number) => string,
    hint?: string,
  ): StatementColumn => ({
    key,
    title,
    width: `${width}px`,
    value,
    numeric: true,
    text: (row) => {
      const known = value(row);
      return known === null ? ABSENT : words(known);
    },
    ...(hint ? { hint } : {}),
  });
  const each =
    (value: (row: StatementRow) => number): Figure =>
    (row) =>
      seconds === null ? null : value(row) / seconds;
  const perCall =
    (value: (row: StatementRow) => number): Figure =>
    (row) =>
      row.counts.calls === 0 ? null : value(row) / row.counts.calls;
  const where =
    (known: boolean, value: Figure): Figure =>
    (row) =>
      known ? value(row) : null;

  const statement: StatementColumn = {
    key: 'statement',
    title: 'Statement',
    value: (row) => row.statement ?? row.queryid,
  };
  const calls = figure(
    'calls',
    'Calls/s',
    70,
    each((row) => row.counts.calls),
    count,
  );
  const mean = figure('mean', 'Mean', 70, (row) => row.mean_ms, briefMs, 'Time of one execution');
  const hit = figure(
    'hit',
    'Hit ratio',
    58,
    (row) => row.hit_ratio,
    percent,
    'Of the shared blocks that it needed, those found in shared buffers',
  );
  const sets: Record<ColumnSet, StatementColumn[]> = {
    time: [
      figure('share', 'Share of time', 98, (row) => row.time_ratio, share, 'Of the time of all statements'),
      figure('total', 'Total time', 86, (row) => row.counts.exec_ms, briefMs),
      calls,
      mean,
      figure(
        'rows',
        'Rows/call',
        66,
        perCall((row) => row.counts.rows),
        count,
      ),
      hit,
      { key: 'trend', title: 'Trend', value: () => null, width: '96px', sortable: false },
    ],
    blocks: [
      hit,
      figure(
        'read',
        'Read/s',
        76,
        each((row) => row.counts.shared_read),
        count,
        'Shared blocks not in shared buffers',
      ),
      figure(
        'hits',
        'Found/s',
        82,
        each((row) => row.counts.shared_hit),
        count,
        'Shared blocks in shared buffers',
      ),
      figure(
        'read-call',
        'Read/call',
        76,
        perCall((row) => row.counts.shared_read),
        count,
      ),
      figure(
        'dirtied',
        'Dirtied/s',
        76,
        each((row) => row.counts.shared_dirtied),
        count,
      ),
      figure(
        'written',
        'Written/s',
        76,
        each((row) => row.counts.shared_written),
        count,
        'By the session itself',
      ),
      figure(
        'io',
        'I/O time',
        74,
        where(counted.io_timing, (row) => row.counts.io_ms),
        briefMs,
      ),
    ],
    wal: [
      figure(
        'wal',
        'WAL',
        78,
        where(counted.wal, (row) => row.counts.wal_bytes),
        bytes,
      ),
      figure(
        'wal-call',
        'WAL/call',
        78,
        where(
          counted.wal,
          perCall((row) => row.counts.wal_bytes),
        ),
        bytes,
      ),
      figure('temp-written', 'Temp written', 86, (row) => row.counts.temp_written, count, 'Blocks'),
      figure('temp-read', 'Temp read', 82, (row) => row.counts.temp_read, count, 'Blocks'),
      figure('local', 'Local read', 74, (row) => row.counts.local_read, count, 'Blocks of temporary tables'),
      calls,
      mean,
    ],
    planning: [
      figure(
        'plans',
        'Plans/s',
        70,
        where(
          counted.planning,
          each((row) => row.counts.plans),
        ),
        count,
      ),
      figure(
        'plan-time',
        'Plan time',
        92,
        where(counted.planning, (row) => row.counts.plan_ms),
        briefMs,
      ),
      figure(
        'plan-mean',
        'Mean plan',
        76,
        where(counted.planning, ({ counts }) => (counts.plans === 0 ? null : counts.plan_ms / counts.plans)),
        briefMs,
      ),
      figure(
        'jit',
        'JIT time',
        74,
        where(counted.jit, (row) => row.counts.jit_ms),
        briefMs,
        'Compiling to machine code',
      ),
      calls,
      mean,
    ],
  };
  return [statement, ...sets[set]];
}

/** What each set is sorted by until a person sorts it otherwise. */
export const sortingOf = (set: ColumnSet): { key: string; descending: boolean } =>
  ({
    time: { key: 'total', descending: true },
    blocks: { key: 'read', descending: true },
    wal: { key: 'wal', descending: true },
    planning: { key: 'plan-time', descending: true },
  })[set];

/** In the order in which they give way; each stands in the detail as well. */
export const GIVE_WAY = [
  'trend',
  'local',
  'hits',
  'dirtied',
  'written',
  'rows',
  'temp-read',
  'jit',
  'hit',
  'read-call',
  'io',
  'wal-call',
  'plans',
  'plan-mean',
  'total',
  'calls',
  'temp-written',
  'mean',
];

export interface Uncounted {
  what: string;
  remedy: string;
}

const UPDATE = 'ALTER EXTENSION pg_stat_statements UPDATE;';

/** What a set would show and the server does not count, with the setting that mends it. */
export function uncounted(set: ColumnSet, counted: StatementColumns): Uncounted[] {
  const setting = (name: string) => `ALTER SYSTEM SET ${name} = on;\nSELECT pg_reload_conf();`;
  const known: Record<ColumnSet, (Uncounted & { on: boolean })[]> = {
    time: [],
    blocks: [
      { on: counted.io_timing, what: 'I/O time: track_io_timing is off', remedy: setting('track_io_timing') },
    ],
    wal: [{ on: counted.wal, what: 'WAL: the extension is older than 1.8', remedy: UPDATE }],
    planning: [
      {
        on: counted.planning,
        what: 'plans and their time: pg_stat_statements.track_planning is off',
        remedy: setting('pg_stat_statements.track_planning'),
      },
      { on: counted.jit, what: 'JIT time: the extension is older than 1.10', remedy: UPDATE },
    ],
  };
  return known[set].filter(({ on }) => !on).map(({ what, remedy }) => ({ what, remedy }));
}
