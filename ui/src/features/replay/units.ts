// What held executions together, in words.
import type { WorkUnit } from '../../api/generated/WorkUnit';
import type { WorkUnitCount } from '../../api/generated/WorkUnitCount';
import { coverage } from '../../shared/format';

interface Words {
  one: string;
  many: string;
  /** At the head of a column. */
  head: string;
}

const WORDS: Record<WorkUnit, Words> = {
  request: { one: 'request', many: 'requests', head: 'Requests' },
  trace: { one: 'trace', many: 'traces', head: 'Traces' },
  transaction: { one: 'transaction', many: 'transactions', head: 'Transactions' },
  session: { one: 'stretch of a session', many: 'stretches of sessions', head: 'Stretches' },
};

const MIXED: Words = { one: 'unit of work', many: 'units of work', head: 'Units' };

export const unitWords = (unit: WorkUnit): Words => WORDS[unit];

/** The word for units of one kind, or for units of work where the kinds are mixed. */
export function wordsFor(counts: WorkUnitCount[]): Words {
  const kinds = counts.filter(({ count }) => count > 0);
  return kinds.length === 1 && kinds[0] ? WORDS[kinds[0].unit] : MIXED;
}

/** "grouped by request", or how much of all by what held most of them together. */
export function groupedWords(counts: WorkUnitCount[]): string {
  const kinds = counts.filter(({ count }) => count > 0).toSorted((a, b) => b.count - a.count);
  const [first] = kinds;
  if (!first) return 'nothing to group';
  if (kinds.length === 1) return `grouped by ${first.unit}`;
  const all = kinds.reduce((sum, { count }) => sum + count, 0);
  return `${coverage(first.count, all)} grouped by ${first.unit}`;
}
