// One session in facts, each as a name and a value.
import type { ActivityMoment } from '../../api/generated/ActivityMoment';
import type { ActivitySession } from '../../api/generated/ActivitySession';
import type { BlockingRow } from '../../api/generated/BlockingRow';
import { clock, duration, plural } from '../../shared/format';
import { waitName } from './waits';
import { isIdle, isSilent, lockWords, stateWords } from './words';

export interface Fact {
  name: string;
  value: string;
  hint?: string;
}

const fact = (name: string, value: string | null | undefined, hint?: string): Fact[] =>
  value ? [{ name, value, ...(hint ? { hint } : {}) }] : [];

const ageFact = (name: string, seconds: number | null): Fact[] =>
  fact(name, seconds === null ? null : duration(seconds));

export function factsOf(session: ActivitySession, row: BlockingRow | null): Fact[] {
  const { state_seconds, xmin_age, xid_age, leader } = session;
  return [
    ...fact('State', stateWords(session).text),
    ...ageFact('In this state for', state_seconds),
    ...fact('Waits for', isIdle(session) || isSilent(session) ? null : waitName(session)),
    ...fact('Lock', row?.lock && lockWords(row.lock)),
    ...ageFact('Statement began', session.statement_seconds).map((one) => ({
      ...one,
      value: `${one.value} ago`,
    })),
    ...ageFact('Transaction for', session.transaction_seconds),
    ...ageFact('Connected for', session.connected_seconds),
    ...fact('Holds up', row && row.blocks > 0 ? plural(row.blocks, 'session') : null),
    ...fact(
      'Has written',
      session.transaction_seconds === null
        ? null
        : xid_age === null
          ? 'nothing yet'
          : `${plural(xid_age, 'transaction')} ago`,
    ),
    ...fact(
      'Holds VACUUM back',
      xmin_age === null ? null : `by ${plural(xmin_age, 'transaction')}`,
      'Age of its snapshot: what died since then stays',
    ),
    ...fact('User', session.user),
    ...fact('Database', session.database),
    ...fact('Client', session.client ?? (session.backend_type === 'client backend' ? 'local socket' : null)),
    ...fact('Route', session.route),
    ...fact('Leader', leader === null ? null : String(leader)),
    ...fact('Kind', session.backend_type === 'client backend' ? null : session.backend_type),
  ];
}

/** "invoice-export, 10.0.3.17, since 09:57:10" */
export function sessionNote(session: ActivitySession, moment: ActivityMoment): string {
  const since = session.state_seconds === null ? null : clock(moment.at - session.state_seconds * 1000);
  return [session.application || session.backend_type, session.client, since && `since ${since}`]
    .filter(Boolean)
    .join(', ');
}

/** The statement with what is known of its time behind it. */
export function annotated(session: ActivitySession, moment: ActivityMoment): string | null {
  if (session.statement === null) return null;
  const at = (seconds: number) => clock(moment.at - seconds * 1000);
  const notes = [
    ...(session.statement_seconds === null ? [] : [at(session.statement_seconds)]),
    ...(isSilent(session) ? ['then silence'] : []),
    ...(session.truncated ? ['the server keeps only this much of it'] : []),
  ];
  const text = session.statement.trimEnd();
  if (notes.length === 0) return text;
  const gap = text.includes('\n') || text.length > 90 ? '\n' : '   ';
  return `${text}${text.endsWith(';') ? '' : ';'}${gap}-- ${notes.join(', ')}`;
}
