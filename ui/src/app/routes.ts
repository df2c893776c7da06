// The pages that exist, in the order and the groups of the navigation.
import type { Component } from 'svelte';
import type { Finding } from '../api/generated/Finding';
import type { ReplayStatus } from '../api/generated/ReplayStatus';
import type { SourceStatus } from '../api/generated/SourceStatus';
import AlertsPage from '../features/alerts/AlertsPage.svelte';
import NPlusOnePage from '../features/n-plus-one/NPlusOnePage.svelte';
import OverviewPage from '../features/overview/OverviewPage.svelte';
import PoolsPage from '../features/pools/PoolsPage.svelte';
import QueriesPage from '../features/queries/QueriesPage.svelte';
import ReplayPage from '../features/replay/ReplayPage.svelte';
import { chosenReplay } from '../features/replay/replay.svelte';
import SettingsPage from '../features/settings/SettingsPage.svelte';
import SourcesPage from '../features/sources/SourcesPage.svelte';
import { worst } from '../shared/severity';
import type { Tone } from '../shared/tone';

export type Group = 'Watch' | 'Analyse' | 'Manage';

export interface Badge {
  count: number;
  tone: Tone;
}

export interface Route {
  id: string;
  title: string;
  group: Group;
  /** Pressed after `g`. */
  key: string;
  page: Component;
  /** What on this page asks for someone. */
  badge?: (findings: Finding[], sources: SourceStatus[], replays: ReplayStatus[]) => Badge | null;
}

const POOL_CHECKS = new Set<Finding['check']>([
  'pool_saturation',
  'pool_leak',
  'pool_clients_waiting',
  'pool_slow_acquire',
  'pgbouncer_clients_waiting',
  'pgbouncer_servers_exhausted',
  'connections_near_limit',
  'idle_in_transaction',
]);

const badgeOf = (findings: Finding[]): Badge | null =>
  findings.length === 0 ? null : { count: findings.length, tone: worst(findings.map((f) => f.severity)) };

function sourceBadge(_findings: Finding[], sources: SourceStatus[]): Badge | null {
  const down = sources.filter(({ state }) => state.type === 'failing' || state.type === 'stopped').length;
  const partial = sources.filter(({ state }) => state.type === 'degraded').length;
  if (down > 0) return { count: down, tone: 'critical' };
  return partial > 0 ? { count: partial, tone: 'warning' } : null;
}

/** Patterns are there to be read; they raise no alarm. */
function patternBadge(_findings: Finding[], _sources: SourceStatus[], replays: ReplayStatus[]): Badge | null {
  const count = chosenReplay(replays, undefined)?.totals?.patterns ?? 0;
  return count === 0 ? null : { count, tone: 'none' };
}

export const ROUTES: Route[] = [
  { id: 'overview', title: 'Overview', group: 'Watch', key: 'o', page: OverviewPage },
  {
    id: 'pools',
    title: 'Pools',
    group: 'Watch',
    key: 'p',
    page: PoolsPage,
    badge: (findings) => badgeOf(findings.filter((finding) => POOL_CHECKS.has(finding.check))),
  },
  { id: 'queries', title: 'Queries', group: 'Watch', key: 'q', page: QueriesPage },
  { id: 'replay', title: 'Replay', group: 'Analyse', key: 'r', page: ReplayPage },
  {
    id: 'n-plus-one',
    title: 'N+1 findings',
    group: 'Analyse',
    key: 'n',
    page: NPlusOnePage,
    badge: patternBadge,
  },
  { id: 'alerts', title: 'Alerts', group: 'Manage', key: 'a', page: AlertsPage, badge: badgeOf },
  { id: 'sources', title: 'Sources', group: 'Manage', key: 's', page: SourcesPage, badge: sourceBadge },
  { id: 'settings', title: 'Settings', group: 'Manage', key: 't', page: SettingsPage },
];

export const GROUPS: Group[] = ['Watch', 'Analyse', 'Manage'];

export function routeFor(page: string): Route {
  return ROUTES.find((route) => route.id === page) ?? (ROUTES[0] as Route);
}
