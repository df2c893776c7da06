// What the Health page knows: a server's checks, worst first, and what the console itself costs it.
import type { HealthArea } from '../../api/generated/HealthArea';
import type { HealthCheck } from '../../api/generated/HealthCheck';
import type { HealthPage } from '../../api/generated/HealthPage';
import type { OwnCostPage } from '../../api/generated/OwnCostPage';
import type { Severity } from '../../api/generated/Severity';
import type { SourceId } from '../../api/generated/SourceId';
import type { TimeRange } from '../../api/generated/TimeRange';
import { host } from '../../api/host';
import { Resource } from '../../api/resource.svelte';
import { ago } from '../../shared/format';
import type { Tone } from '../../shared/tone';

/** More often would show nothing new. */
const SPACING = 5000;

export const healthResource = (): Resource<{ source: SourceId; range: TimeRange }, HealthPage> =>
  new Resource(({ source, range }) => host().healthPage(source, range));

export const ownCostResource = (): Resource<{ source: SourceId }, OwnCostPage> =>
  new Resource(({ source }) => host().ownCostPage(source), SPACING);

const AREAS: Record<HealthArea, string> = {
  connections: 'Connections',
  memory: 'Memory',
  transactions: 'Transactions',
  writing: 'Writing',
  replication: 'Replication',
  vacuum: 'Vacuum',
  storage: 'Storage',
  settings: 'Settings',
  extensions: 'Extensions',
};

export const areaName = (area: HealthArea): string => AREAS[area];

export interface CheckGroup {
  key: Severity | 'unseen';
  title: string;
  tone: Tone;
  checks: HealthCheck[];
}

const GROUPS: Omit<CheckGroup, 'checks'>[] = [
  { key: 'critical', title: 'Critical', tone: 'critical' },
  { key: 'warning', title: 'Warning', tone: 'warning' },
  { key: 'info', title: 'Worth knowing', tone: 'info' },
  { key: 'unseen', title: 'Could not be looked at', tone: 'none' },
  { key: 'ok', title: 'Fine', tone: 'ok' },
];

const RANKS = Object.keys(AREAS);

/** Worst first; within a group by area. Groups without checks are left out. */
export function groupsOf(checks: HealthCheck[]): CheckGroup[] {
  return GROUPS.map((group) => ({
    ...group,
    checks: checks
      .filter(({ severity }) => (severity ?? 'unseen') === group.key)
      .toSorted((a, b) => RANKS.indexOf(a.area) - RANKS.indexOf(b.area)),
  })).filter((group) => group.checks.length > 0);
}

export const toneOf = ({ severity }: HealthCheck): Tone => severity ?? 'none';

export const severityWords = ({ severity }: HealthCheck): string =>
  GROUPS.find(({ key }) => key === (severity ?? 'unseen'))?.title ?? '';

/** The one that is asked for; else the worst, where any asks for someone. */
export function shownCheck(checks: HealthCheck[], asked: string | undefined): HealthCheck | null {
  const named = checks.find(({ code }) => code === asked);
  if (named) return named;
  const first = groupsOf(checks)[0];
  return first && first.key !== 'ok' ? (first.checks[0] ?? null) : null;
}

/** When the engine looks again is its own affair: a busy server is given more time. */
export function lookedWords(at: number | null, now: number): string {
  if (at === null) return 'not looked at yet';
  return `looked at ${now - at < 1000 ? 'just now' : ago(at, now)}`;
}

/** "0.22%": a share of a core keeps two digits, since less is the point. */
export const coreWords = (ratio: number): string => `${(ratio * 100).toFixed(2)}%`;
