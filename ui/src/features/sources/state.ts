// The state of a source in words, with the tone it deserves.
import type { SourceKind } from '../../api/generated/SourceKind';
import type { SourceState } from '../../api/generated/SourceState';
import type { SourceStatus } from '../../api/generated/SourceStatus';
import { ago, roughly } from '../../shared/format';
import type { Tone } from '../../shared/tone';

export const KINDS: { value: SourceKind; text: string; about: string }[] = [
  { value: 'mpanel', text: 'mPanel', about: 'The application and its pool, by its metrics endpoint.' },
  { value: 'postgres', text: 'PostgreSQL', about: 'The database: its backends and what they wait for.' },
  { value: 'pgbouncer', text: 'PgBouncer', about: 'The pooler between them, by its admin console.' },
  { value: 'redis', text: 'Redis', about: 'The cache: its memory and keys, and what its nodes do.' },
  { value: 'prometheus', text: 'Prometheus', about: 'Any endpoint in the Prometheus text format.' },
];

export const kindTitle = (kind: SourceKind): string =>
  KINDS.find((known) => known.value === kind)?.text ?? kind;

export function stateWords(state: SourceState, now: number): { tone: Tone; text: string } {
  switch (state.type) {
    case 'connecting':
      return { tone: 'none', text: 'connecting' };
    case 'ok':
      return { tone: 'ok', text: 'answering' };
    case 'degraded':
      return { tone: 'warning', text: 'partly' };
    case 'failing':
      return {
        tone: 'critical',
        text: `failing for ${roughly(Math.max(1, (now - state.since) / 1000))}`,
      };
    case 'stopped':
      return { tone: 'critical', text: 'stopped' };
    case 'disabled':
      return { tone: 'none', text: 'switched off' };
  }
}

/** "last answered 40 s ago" once a source has fallen silent; nothing while it answers. */
export function staleness(state: SourceState, lastPollAt: number | null, now: number): string | null {
  if (state.type !== 'failing' && state.type !== 'stopped') return null;
  return lastPollAt === null ? 'never answered' : `last answered ${ago(lastPollAt, now)}`;
}

export const isStale = ({ state }: { state: SourceState }): boolean =>
  state.type === 'failing' || state.type === 'stopped';

export function lastPoll(status: SourceStatus, now: number): string {
  return status.last_poll_at === null ? 'not yet' : ago(status.last_poll_at, now);
}
