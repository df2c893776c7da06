// The palette's entries: every page, source, replay, action, time range and appearance.
import type { Appearance } from '../api/generated/Appearance';
import type { ReplayStatus } from '../api/generated/ReplayStatus';
import type { SourceConfig } from '../api/generated/SourceConfig';
import { host } from '../api/host';
import { hasAdvice } from '../features/index-advice/indexAdvice.svelte';
import { hasReport } from '../features/replay/replay.svelte';
import { live } from './live.svelte';
import { location } from './location.svelte';
import type { Entry } from './palette';
import { ROUTES, type Known } from './routes';
import { PRESETS, timeWindow } from './timeRange.svelte';

export function buildEntries(
  { sources, replays, advices }: Omit<Known, 'findings'>,
  showShortcuts: () => void,
): Entry[] {
  return [
    ...ROUTES.map((route): Entry => {
      return {
        id: `page-${route.id}`,
        title: route.title,
        kind: 'Page',
        hint: `g ${route.key}`,
        run: () => location.go(route.id),
      };
    }),
    ...sources.flatMap(({ config }): Entry[] => {
      const edit: Entry = {
        id: `source-${config.id}`,
        title: config.name,
        kind: 'Source',
        run: () => location.go('sources', { source: config.id }),
      };
      if (config.kind === 'redis') return [...cacheEntries(config), edit];
      if (config.kind === 'postgres') return [...activityEntries(config), ...serverEntries(config), edit];
      if (config.kind !== 'mpanel' && config.kind !== 'prometheus') return [edit];
      const pool: Entry = {
        id: `pool-${config.id}`,
        title: `Pool of ${config.name}`,
        kind: 'Pools',
        run: () => location.go('pools', { source: config.id }),
      };
      return [pool, compressionEntry(config), edit];
    }),
    ...replays.filter(hasReport).flatMap(replayEntries),
    ...advices.filter(hasAdvice).map(({ id, name }): Entry => ({
      id: `advice-${id}`,
      title: `Index advice for ${name}`,
      kind: 'Advice',
      run: () => location.go('index-advice', { advice: id }),
    })),
    cacheEntry('advice', 'What would a cache help?'),
    cacheEntry('coalescing', 'Identical requests at the same time'),
    cacheEntry('shared', 'What the team’s consoles share'),
    {
      id: 'new-advice',
      title: 'Ask for index advice…',
      kind: 'Action',
      run: () => location.go('index-advice', { add: 'yes' }),
    },
    {
      id: 'replay-log',
      title: 'Replay a log…',
      kind: 'Action',
      run: () => location.go('replay', { add: 'yes' }),
    },
    {
      id: 'add-source',
      title: 'Add a source',
      kind: 'Action',
      run: () => location.go('sources', { add: 'yes' }),
    },
    ...PRESETS.map((preset): Entry => {
      return {
        id: `range-${preset.value}`,
        title: `Show ${preset.hint.charAt(0).toLowerCase()}${preset.hint.slice(1)}`,
        kind: 'Time range',
        hint: preset.text,
        run: () => timeWindow.choose(preset.value),
      };
    }),
    ...(['system', 'dark', 'light'] as const).map((appearance): Entry => {
      return {
        id: `appearance-${appearance}`,
        title: appearance === 'system' ? 'Follow the system’s appearance' : `Use the ${appearance} theme`,
        kind: 'Appearance',
        run: () => void setAppearance(appearance),
      };
    }),
    { id: 'shortcuts', title: 'List keyboard shortcuts', kind: 'Action', hint: '?', run: showShortcuts },
  ];
}

function cacheEntries({ id, name }: SourceConfig): Entry[] {
  const to = (title: string, params: Record<string, string>): Entry => ({
    id: `cache-${title}-${id}`,
    title: `${title} ${name}`,
    kind: 'Cache',
    run: () => location.go('cache', { source: id, ...params }),
  });
  return [to('Cache of', {}), to('Keys of', { view: 'keys' })];
}

const cacheEntry = (view: string, title: string): Entry => ({
  id: `cache-${view}`,
  title,
  kind: 'Cache',
  run: () => location.go('cache', { view }),
});

const compressionEntry = ({ id, name }: SourceConfig): Entry => ({
  id: `compression-${id}`,
  title: `Compression of ${name}`,
  kind: 'Cache',
  run: () => location.go('cache', { view: 'compression', instance: id }),
});

function serverEntries({ id, name }: SourceConfig): Entry[] {
  const to = (page: string, title: string, params: Record<string, string> = {}): Entry => ({
    id: `${page}-${title}-${id}`,
    title: `${title} ${name}`,
    kind: 'Server',
    run: () => location.go(page, { source: id, ...params }),
  });
  return [
    to('queries', 'Statements of'),
    to('queries', 'What got slower on', { compare: 'previous' }),
    to('health', 'Health of'),
    to('health', 'What the console costs', { view: 'cost' }),
  ];
}

function activityEntries({ id, name }: SourceConfig): Entry[] {
  const to = (view: string, title: string): Entry => ({
    id: `activity-${view}-${id}`,
    title,
    kind: 'Activity',
    run: () => location.go('activity', { source: id, view }),
  });
  return [
    to('sessions', `Sessions of ${name}`),
    to('blocking', `Who waits for whom on ${name}`),
    to('xmin', `What keeps VACUUM back on ${name}`),
    to('top', `Who used the time of ${name}`),
  ];
}

function replayEntries({ id, name }: ReplayStatus): Entry[] {
  const to = (page: string, title: string, params: Record<string, string> = {}): Entry => ({
    id: `${page}-of-${id}`,
    title,
    kind: 'Replay',
    run: () => location.go(page, { replay: id, ...params }),
  });
  return [
    to('n-plus-one', `N+1 findings of ${name}`),
    to('queries', `Queries of ${name}`),
    to('cache', `What a cache would save in ${name}`, { view: 'advice' }),
    to('replay', `Replay of ${name}`),
  ];
}

async function setAppearance(appearance: Appearance): Promise<void> {
  if (live.settings) live.settings = await host().settingsSave({ ...live.settings, appearance });
}
