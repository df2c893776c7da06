// What the Pools page knows: one pool and the layers behind it, over one window of time.
import type { PoolLayer } from '../../api/generated/PoolLayer';
import type { PoolsPage } from '../../api/generated/PoolsPage';
import type { SourceId } from '../../api/generated/SourceId';
import type { TimeRange } from '../../api/generated/TimeRange';
import type { BackendState } from '../../api/generated/BackendState';
import { host } from '../../api/host';
import { Resource } from '../../api/resource.svelte';
import { count, roughly } from '../../shared/format';
import type { Tone } from '../../shared/tone';

export interface PoolsQuestion {
  source: SourceId | null;
  range: TimeRange;
}

export function poolsResource(): Resource<PoolsQuestion, PoolsPage> {
  return new Resource(({ source, range }) => host().poolsPage(source, range));
}

const JOINTS: Record<PoolLayer['layer'], string> = {
  application: '',
  pgbouncer: 'through ',
  postgres: 'to ',
};

/** "panel-eu-1, through bouncer, to billing-db" */
export function pathWords(path: PoolLayer[]): string {
  return path.map((layer, index) => `${index === 0 ? '' : JOINTS[layer.layer]}${layer.name}`).join(', ');
}

export function layerOf(page: PoolsPage, layer: PoolLayer['layer']): PoolLayer | undefined {
  return page.path.find((candidate) => candidate.layer === layer);
}

/** The pool's maximum, as far as the page tells it. */
export function poolMax(page: PoolsPage): number | null {
  return page.size?.current_max ?? null;
}

export function applicationNote(page: PoolsPage): string {
  const max = poolMax(page);
  const name = layerOf(page, 'application')?.name ?? '';
  return max === null ? name : `${name}, max ${count(max)}`;
}

/** "critical for 6 min" */
export function sinceWords(severity: string, since: number | null, now: number): string {
  if (severity === 'ok') return 'calm';
  return since === null ? severity : `${severity} for ${roughly(Math.max(1, (now - since) / 1000))}`;
}

const STATES: Record<BackendState, { text: string; tone: Tone }> = {
  active: { text: 'active', tone: 'info' },
  idle: { text: 'idle', tone: 'warning' },
  idle_in_transaction: { text: 'idle in transaction', tone: 'warning' },
  idle_in_transaction_aborted: { text: 'idle in failed transaction', tone: 'critical' },
  fastpath_function_call: { text: 'function call', tone: 'info' },
  disabled: { text: 'not tracked', tone: 'none' },
  unknown: { text: 'hidden', tone: 'none' },
};

export const backendState = (state: BackendState) => STATES[state];
