// The pages that exist, in the order and the groups of the navigation.
import type { Component } from 'svelte';
import type { AdviceStatus } from '../api/generated/AdviceStatus';
import type { Finding } from '../api/generated/Finding';
import type { ReplayStatus } from '../api/generated/ReplayStatus';
import type { SourceStatus } from '../api/generated/SourceStatus';
import ActivityPage from '../features/activity/ActivityPage.svelte';
import AlertsPage from '../features/alerts/AlertsPage.svelte';
import CachePage from '../features/cache/CachePage.svelte';
import { isOfCache } from '../features/cache/findings';
import { healthCodeOf } from '../features/health/findings';
import HealthPage from '../features/health/HealthPage.svelte';
import { chosenAdvice } from '../features/index-advice/indexAdvice.svelte';
import IndexAdvicePage from '../features/index-advice/IndexAdvicePage.svelte';
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

/** What the window knows, from which pages count what asks for someone. */
export interface Known {
  findings: Finding[];
  sources: SourceStatus[];
  replays: ReplayStatus[];
  advices: AdviceStatus[];
}

export interface Route {
  id: string;
  title: string;
  group: Group;
  /** Pressed after `g`. */
  key: string;
  page: Component;
  /** What on this page asks for someone. */
  badge?: (known: Known) => Badge | null;
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

function sourceBadge({ sources }: Known): Badge | null {
  const down = sources.filter(({ state }) => state.type === 'failing' || state.type === 'stopped').length;
  const partial = sources.filter(({ state }) => state.type === 'degraded').length;
  if (down > 0) return { count: down, tone: 'critical' };
  return partial > 0 ? { count: partial, tone: 'warning' } : null;
}

/** What is there to be read raises no alarm. */
const quiet = (count: number): Badge | null => (count === 0 ? null : { count, tone: 'none' });

export const ROUTES: Route[] = [
  { id: 'overview', title: 'Overview', group: 'Watch', key: 'o', page: OverviewPage },
  {
    id: 'pools',
    title: 'Pools',
    group: 'Watch',
    key: 'p',
    page: PoolsPage,
    badge: ({ findings }) => badgeOf(findings.filter((finding) => POOL_CHECKS.has(finding.check))),
  },
  {
    id: 'cache',
    title: 'Cache',
    group: 'Watch',
    key: 'c',
    page: CachePage,
    badge: ({ findings }) => badgeOf(findings.filter(isOfCache)),
  },
  { id: 'queries', title: 'Queries', group: 'Watch', key: 'q', page: QueriesPage },
  {
    id: 'activity',
    title: 'Activity',
    group: 'Watch',
    key: 'v',
    page: ActivityPage,
    badge: ({ findings }) => badgeOf(findings.filter(({ check }) => check === 'idle_in_transaction')),
  },
  {
    id: 'health',
    title: 'Health',
    group: 'Watch',
    key: 'h',
    page: HealthPage,
    badge: ({ findings }) => badgeOf(findings.filter((finding) => healthCodeOf(finding) !== null)),
  },
  { id: 'replay', title: 'Replay', group: 'Analyse', key: 'r', page: ReplayPage },
  {
    id: 'n-plus-one',
    title: 'N+1 findings',
    group: 'Analyse',
    key: 'n',
    page: NPlusOnePage,
    badge: ({ replays }) => quiet(chosenReplay(replays, undefined)?.totals?.patterns ?? 0),
  },
  {
    id: 'index-advice',
    title: 'Index advice',
    group: 'Analyse',
    key: 'i',
    page: IndexAdvicePage,
    badge: ({ advices }) => quiet(chosenAdvice(advices, undefined)?.totals?.create ?? 0),
  },
  {
    id: 'alerts',
    title: 'Alerts',
    group: 'Manage',
    key: 'a',
    page: AlertsPage,
    badge: ({ findings }) => badgeOf(findings),
  },
  { id: 'sources', title: 'Sources', group: 'Manage', key: 's', page: SourcesPage, badge: sourceBadge },
  { id: 'settings', title: 'Settings', group: 'Manage', key: 't', page: SettingsPage },
];

export const GROUPS: Group[] = ['Watch', 'Analyse', 'Manage'];

export function routeFor(page: string): Route {
  return ROUTES.find((route) => route.id === page) ?? (ROUTES[0] as Route);
}
