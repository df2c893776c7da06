// What the ticked suggestions come to together.
import type { IndexAdvice } from '../../api/generated/IndexAdvice';
import type { ScriptChoice } from '../../api/generated/ScriptChoice';
import { chosenBy } from './selection.svelte';

export interface Sums {
  /** Created and dropped together. */
  changes: number;
  bytes: number;
  /** Ticked ones whose size is not known. */
  sizeless: number;
  freed: number;
  /** The ticks are those of the advice, so that its cost is theirs. */
  own: boolean;
}

export function sumsOf(advice: IndexAdvice, ticked: ScriptChoice): Sums {
  const create = new Set(ticked.create);
  const drop = new Set(ticked.drop);
  const made = advice.create.filter(({ id }) => create.has(id));
  const own = chosenBy(advice).create;
  return {
    changes: ticked.create.length + ticked.drop.length,
    bytes: made.reduce((sum, { size_bytes }) => sum + (size_bytes ?? 0), 0),
    sizeless: made.filter(({ size_bytes }) => size_bytes === null).length,
    freed: advice.drop.reduce((sum, one) => sum + (drop.has(one.id) ? one.size_bytes : 0), 0),
    own: own.length === create.size && own.every((id) => create.has(id)),
  };
}
