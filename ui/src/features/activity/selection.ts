// What is selected on the page, found again in each new moment.
import type { ActivityMoment } from '../../api/generated/ActivityMoment';
import type { ActivitySession } from '../../api/generated/ActivitySession';
import type { BlockingRow } from '../../api/generated/BlockingRow';
import type { HorizonHolder } from '../../api/generated/HorizonHolder';
import type { View } from './activity.svelte';
import { blockerKey } from './words';

export interface Selected {
  key: string;
  session: ActivitySession | null;
  row: BlockingRow | null;
  holder: HorizonHolder | null;
}

/** The same as in the trees, for what may stand in both. */
export function holderKey({ kind, name, pid }: HorizonHolder): string {
  if (kind === 'backend' && pid !== null) return String(pid);
  return kind === 'prepared_transaction' ? `prepared ${name}` : `${kind} ${name}`;
}

/** What was picked, where the view shows it; else the first one of a view that is about the worst. */
export function keyFor(view: View, picked: string | null, moment: ActivityMoment): string | null {
  switch (view) {
    case 'sessions':
      return picked;
    case 'blocking':
      return among(
        moment.blocking.rows.map(({ who }) => blockerKey(who)),
        picked,
      );
    case 'xmin':
      return among(moment.horizon.map(holderKey), picked);
    case 'top':
      return null;
  }
}

const among = (keys: string[], picked: string | null): string | null =>
  keys.find((key) => key === picked) ?? keys[0] ?? null;

/** Nothing where it was not there at that moment. */
export function find(key: string, moment: ActivityMoment): Selected | null {
  const session = moment.sessions.find(({ pid }) => String(pid) === key) ?? null;
  const row = moment.blocking.rows.find(({ who }) => blockerKey(who) === key) ?? null;
  const holder = moment.horizon.find((one) => holderKey(one) === key) ?? null;
  return session || row || holder ? { key, session, row, holder } : null;
}
