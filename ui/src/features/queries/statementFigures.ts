// The figures of one statement, each with where it comes from and how it is worked out.
import type { StatementColumns } from '../../api/generated/StatementColumns';
import type { StatementRow } from '../../api/generated/StatementRow';
import { ABSENT, briefMs, bytes, count, percent, short } from '../../shared/format';
import { share } from './share';

export interface Figure {
  key: string;
  label: string;
  value: number | null;
  text: string;
  origin: string;
}

/** `seconds` were counted, `window` tells when. */
export function figuresOf(
  row: StatementRow,
  seconds: number | null,
  window: string,
  counted: StatementColumns,
): { head: Figure[]; rest: Figure[] } {
  const { counts } = row;
  const figure = (
    key: string,
    label: string,
    value: number | null,
    words: (value: number) => string,
    column: string,
  ): Figure => ({
    key,
    label,
    value,
    text: value === null ? ABSENT : words(value),
    origin: `pg_stat_statements.${column}, ${window}`,
  });
  const perCall = (value: number) => (counts.calls === 0 ? null : value / counts.calls);
  const each = (value: number) => (seconds === null ? null : value / seconds);
  const where = (known: boolean, value: number | null) => (known ? value : null);
  const blocks = (value: number) => count(Math.round(value));
  return {
    head: [
      figure('share', 'of all time', row.time_ratio, share, 'total_exec_time, over that of all statements'),
      figure('mean', 'mean', row.mean_ms, briefMs, 'total_exec_time over calls'),
      figure('calls', 'calls/s', each(counts.calls), count, 'calls, over the seconds counted'),
      figure('hit', 'hit ratio', row.hit_ratio, percent, 'shared_blks_hit over hits and reads'),
    ],
    rest: [
      figure('total', 'Total time', counts.exec_ms, briefMs, 'total_exec_time, added'),
      figure('all-calls', 'Calls', counts.calls, short, 'calls, added'),
      figure('rows', 'Rows per call', perCall(counts.rows), count, 'rows over calls'),
      figure(
        'read',
        'Read per call',
        perCall(counts.shared_read),
        count,
        'shared_blks_read over calls, blocks',
      ),
      figure(
        'found',
        'Found per call',
        perCall(counts.shared_hit),
        count,
        'shared_blks_hit over calls, blocks',
      ),
      figure('dirtied', 'Dirtied', counts.shared_dirtied, blocks, 'shared_blks_dirtied, blocks'),
      figure(
        'io',
        'I/O time',
        where(counted.io_timing, counts.io_ms),
        briefMs,
        'block read and write times; needs track_io_timing',
      ),
      figure('temp', 'Temp written', counts.temp_written, blocks, 'temp_blks_written, blocks'),
      figure(
        'wal',
        'WAL per call',
        where(counted.wal, perCall(counts.wal_bytes)),
        bytes,
        'wal_bytes over calls; needs version 1.8',
      ),
      figure(
        'plan',
        'Plan time',
        where(counted.planning, counts.plan_ms),
        briefMs,
        'total_plan_time; needs pg_stat_statements.track_planning',
      ),
      figure('jit', 'JIT time', where(counted.jit, counts.jit_ms), briefMs, 'JIT times; needs version 1.10'),
    ],
  };
}
