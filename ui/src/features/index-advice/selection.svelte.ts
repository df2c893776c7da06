// Which row of an advice is open and which are ticked, remembered for each advice that is kept.
import type { AdviceId } from '../../api/generated/AdviceId';
import type { IndexAdvice } from '../../api/generated/IndexAdvice';
import type { ScriptChoice } from '../../api/generated/ScriptChoice';
import { live } from '../../app/live.svelte';
import { Remembered } from '../../shared/remembered.svelte';

interface Kept {
  open: string | null;
  /** Nothing as long as the ticks are those of the advice. */
  ticked: ScriptChoice | null;
}

const store = new Remembered('index-advice');

function everything(): Record<AdviceId, Kept> {
  try {
    const value: unknown = JSON.parse(store.value || '{}');
    return typeof value === 'object' && value !== null ? (value as Record<AdviceId, Kept>) : {};
  } catch {
    return {};
  }
}

const keptFor = (id: AdviceId): Kept => ({ open: null, ticked: null, ...everything()[id] });

function keep(id: AdviceId, change: Partial<Kept>): void {
  const next = { ...everything(), [id]: { ...keptFor(id), ...change } };
  const known = live.advices?.map((advice) => advice.id);
  store.value = JSON.stringify(
    Object.fromEntries(Object.entries(next).filter(([other]) => other === id || known?.includes(other))),
  );
}

/** Another choice was made: ticks begin with it again. */
export const forgetTicks = (id: AdviceId): void => keep(id, { ticked: null });

export const openRow = (id: AdviceId, row: string): void => keep(id, { open: row });

export const openedRow = (id: AdviceId): string | null => keptFor(id).open;

export const chosenBy = (advice: IndexAdvice): ScriptChoice => ({
  create: advice.create.filter((one) => one.selected).map(({ id }) => id),
  drop: advice.drop.filter((one) => one.selected).map(({ id }) => id),
});

/** Ticks of this person, else those of the advice; in the order of the advice. */
export function tickedIn(advice: IndexAdvice): ScriptChoice {
  const { ticked } = keptFor(advice.id);
  if (!Array.isArray(ticked?.create) || !Array.isArray(ticked.drop)) return chosenBy(advice);
  const { create, drop } = { create: new Set(ticked.create), drop: new Set(ticked.drop) };
  return {
    create: advice.create.filter(({ id }) => create.has(id)).map(({ id }) => id),
    drop: advice.drop.filter(({ id }) => drop.has(id)).map(({ id }) => id),
  };
}

export function toggle(advice: IndexAdvice, list: keyof ScriptChoice, id: string): void {
  const ticked = tickedIn(advice);
  const others = ticked[list].filter((other) => other !== id);
  const next = others.length < ticked[list].length ? others : [...others, id];
  keep(advice.id, { ticked: { ...ticked, [list]: next } });
}
