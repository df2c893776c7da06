// Sessions, moments and locks in words.
import type { ActivityMoment } from '../../api/generated/ActivityMoment';
import type { ActivitySession } from '../../api/generated/ActivitySession';
import type { Blocker } from '../../api/generated/Blocker';
import type { BlockingForest } from '../../api/generated/BlockingForest';
import type { BlockingRow } from '../../api/generated/BlockingRow';
import type { HorizonKind } from '../../api/generated/HorizonKind';
import type { LockAsked } from '../../api/generated/LockAsked';
import { ago, clock, count, moment as momentWords } from '../../shared/format';
import type { Tone } from '../../shared/tone';
import { backendState } from '../pools/pools.svelte';

export interface Words {
  text: string;
  tone: Tone;
}

const isProcess = ({ backend_type }: ActivitySession): boolean =>
  backend_type !== '' && backend_type !== 'client backend';

/** Idle is nothing to look at here, unlike in a pool that believes otherwise. */
export function stateWords(session: ActivitySession): Words {
  if (session.state === 'unknown' && isProcess(session)) return { text: 'background', tone: 'none' };
  const words = backendState(session.state);
  return session.state === 'idle' ? { ...words, tone: 'none' } : words;
}

/** Who it is: what the client calls itself, else what kind of process it is. */
export const nameOf = ({ application, backend_type }: ActivitySession): string =>
  application || (backend_type === 'client backend' ? '' : backend_type);

export const isIdle = ({ state }: ActivitySession): boolean => state === 'idle';

export const isSilent = ({ state }: ActivitySession): boolean =>
  state === 'idle_in_transaction' || state === 'idle_in_transaction_aborted';

/** Since its statement began, or since it fell silent. */
export const lasting = (session: ActivitySession): number | null =>
  session.state === 'active' ? session.statement_seconds : session.state_seconds;

export const blockerKey = (who: Blocker): string =>
  who.type === 'session' ? String(who.pid) : `prepared ${who.gid ?? ''}`;

export const blockerName = (who: Blocker): string =>
  who.type === 'session' ? String(who.pid) : (who.gid ?? 'a prepared transaction');

/** The mark before a row: who holds up others, and who only waits. */
export function markOf(row: BlockingRow): Tone {
  if (row.depth === 0 || row.in_cycle) return 'critical';
  return row.blocks > 0 ? 'warning' : 'none';
}

export function rowState(row: BlockingRow, session: ActivitySession | undefined): Words {
  if (row.who.type === 'prepared') return { text: 'prepared', tone: 'warning' };
  if (row.lock) return { text: `Lock: ${row.lock.kind}`, tone: 'critical' };
  return session ? stateWords(session) : { text: 'not read', tone: 'none' };
}

/** "ShareLock on transaction 7811, which is held in ExclusiveLock" */
export function lockWords({ mode, target, held_mode }: LockAsked): string {
  return `${mode} on ${target}${held_mode === null ? '' : `, held in ${held_mode}`}`;
}

/** "6 waiting behind 1" */
export const waitingWords = ({ waiting, roots }: BlockingForest): string =>
  `${count(waiting)} waiting behind ${count(roots)}`;

/** "as it was at 10:01:22"; while live only when it is old. */
export function momentNote(moment: ActivityMoment, now: number): string {
  if (!moment.live) return `as it was at ${momentWords(moment.at, now)}`;
  return isOld(moment, now) ? `as it was ${ago(moment.at, now)}` : `at ${clock(moment.at)}`;
}

/** A live moment that is no longer the present. */
export const isOld = (moment: ActivityMoment, now: number): boolean => moment.live && now - moment.at > 5000;

export const HORIZON_KINDS: Record<HorizonKind, string> = {
  backend: 'session',
  prepared_transaction: 'prepared transaction',
  slot_xmin: 'replication slot',
  slot_catalog_xmin: 'slot, catalog only',
  standby: 'standby',
};
