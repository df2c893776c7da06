// What can be done about a session, what it costs, and what stands in the way.
import type { ActivityMoment } from '../../api/generated/ActivityMoment';
import type { ActivitySession } from '../../api/generated/ActivitySession';
import type { BlockingAction } from '../../api/generated/BlockingAction';
import type { BlockingRow } from '../../api/generated/BlockingRow';
import type { Signal } from '../../api/generated/Signal';
import type { SignalOutcome } from '../../api/generated/SignalOutcome';
import type { SourceStatus } from '../../api/generated/SourceStatus';
import { hrefOf } from '../../app/location.svelte';
import { clock } from '../../shared/format';
import type { Obstacle } from '../../shared/obstacle';
import { isStale } from '../sources/state';
import type { Selected } from './selection';
import { isIdle, isSilent } from './words';

export interface Advice {
  sentence: string;
  /** What can be sent, the best first. */
  signals: Signal[];
  sql: string;
  /** The SQL is what is to be run, by hand. */
  shown: boolean;
  prevention: string | null;
}

const SIGNALS: Record<BlockingAction, Signal[]> = {
  cancel: ['cancel', 'terminate'],
  terminate: ['terminate'],
  roll_back_prepared: [],
  wait: [],
};

/** What the engine says of a root or of a holder; else what follows from what the session does. */
export function adviceOf({ session, row, holder }: Selected): Advice {
  const told = row?.remedy;
  if (row && told) {
    const { sentence, action, sql, prevention } = told;
    // In a circle the server acts by itself.
    const shown = SIGNALS[action].length === 0 && !row.in_cycle;
    return { sentence, sql, prevention, signals: SIGNALS[action], shown };
  }
  const own = session ? sessionAdvice(session, row) : NOTHING;
  if (!holder) return own;
  return {
    ...own,
    sentence: holder.remedy,
    sql: holder.sql ?? own.sql,
    shown: holder.sql !== null && !session,
  };
}

function sessionAdvice(session: ActivitySession, row: BlockingRow | null): Advice {
  const { pid } = session;
  const terminate = `SELECT pg_terminate_backend(${pid});`;
  if (isProcess(session)) return { ...NOTHING, sentence: PROCESS };
  if (isSilent(session)) return { ...NOTHING, sentence: SILENT, signals: ['terminate'], sql: terminate };
  if (isIdle(session)) return { ...NOTHING, sentence: IDLE, signals: ['terminate'], sql: terminate };
  if (session.state !== 'active' && session.state !== 'fastpath_function_call') {
    const sql = `SELECT pid, usename, application_name, state, xact_start, query FROM pg_stat_activity WHERE pid = ${pid};`;
    return { ...NOTHING, sentence: HIDDEN, sql };
  }
  return {
    ...NOTHING,
    sentence: row ? WAITING : RUNNING,
    signals: ['cancel', 'terminate'],
    sql: `SELECT pg_cancel_backend(${pid});`,
  };
}

const NOTHING: Advice = {
  sentence: 'Nothing is to be done here.',
  signals: [],
  sql: '',
  shown: false,
  prevention: null,
};
const PROCESS = 'It is one of the server’s own processes: they are better waited for than ended.';
const SILENT =
  'It keeps a transaction open and does nothing. Only the end of the session ends the transaction, which rolls back what it has written.';
const IDLE = 'It is idle and holds up nobody. Ending it closes the connection; a pool opens another.';
const HIDDEN = 'What it does is hidden. Look at it before it is ended.';
const WAITING =
  'It goes on by itself once what it waits for has ended. Cancelled, it gives up its place in the queue and its client gets an error.';
const RUNNING =
  'Cancelling ends its statement and with it the transaction; its client gets an error. If it does not go, end the session.';

/** Those that a signal is for; the others must not be ended. */
const ENDABLE = ['', 'client backend', 'autovacuum worker', 'parallel worker', 'walsender'];
const isProcess = ({ backend_type }: ActivitySession): boolean => !ENDABLE.includes(backend_type);

/** Why no signal can be sent now, or nothing. */
export function signalObstacle(
  moment: ActivityMoment,
  maySignal: boolean,
  status: SourceStatus | undefined,
): Obstacle | null {
  if (!moment.live) return { reason: `This was ${clock(moment.at)}; go back to live to act.` };
  const name = status?.config.name ?? moment.source;
  if (status && isStale(status)) return { reason: `${name} does not answer.` };
  if (maySignal) return null;
  return {
    reason: `${name} does not allow the console to cancel statements or to end sessions.`,
    link: {
      text: 'Allow it in its settings',
      href: hrefOf('sources', { source: moment.source, edit: 'yes' }),
    },
  };
}

export const signalWords = (signal: Signal, pid: number): string =>
  signal === 'terminate' ? `End session ${pid}` : 'Cancel statement';

export function outcomeWords(outcome: SignalOutcome, signal: Signal, pid: number): string {
  if (outcome === 'gone') return `Session ${pid} had ended before; nothing was sent.`;
  return signal === 'terminate'
    ? `Session ${pid} was told to end. What it had begun is rolled back.`
    : `The statement of session ${pid} was told to end.`;
}
