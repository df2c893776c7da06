// The columns of the statements that are worth caching, at the times to live that are chosen.
import type { CacheCandidate } from '../../api/generated/CacheCandidate';
import { ABSENT, briefMs, count, percent, period } from '../../shared/format';
import { column, words, type TextColumn } from './columns';
import { pointAt, ttlOf, type TtlChoice } from './ttl';

export function candidateColumns(choice: TtlChoice): TextColumn<CacheCandidate>[] {
  const at = (row: CacheCandidate) => pointAt(row, ttlOf(row, choice));
  return [
    words('statement', 'Statement', (row) => row.statement),
    column(
      'calls',
      'Calls',
      74,
      (row) => row.calls,
      (row) => count(row.calls),
    ),
    column(
      'hits',
      'Hits',
      58,
      (row) => at(row)?.hit_ratio ?? null,
      (row) => {
        const ratio = at(row)?.hit_ratio;
        return ratio === undefined ? ABSENT : percent(ratio);
      },
      'Share of its calls that a kept result would answer',
    ),
    column(
      'saved',
      'Saved',
      76,
      (row) => at(row)?.saved_ms ?? null,
      (row) => (row.mean_ms === null ? 'not timed' : briefMs(at(row)?.saved_ms)),
      'Database time of the calls that would be hits',
    ),
    column(
      'ttl',
      'Kept for',
      72,
      (row) => ttlOf(row, choice),
      (row) => period(ttlOf(row, choice)),
    ),
  ];
}
