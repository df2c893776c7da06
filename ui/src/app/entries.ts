// The palette's entries: every page, source, action, time range and appearance.
import type { Appearance } from '../api/generated/Appearance';
import type { SourceStatus } from '../api/generated/SourceStatus';
import { host } from '../api/host';
import { live } from './live.svelte';
import { location } from './location.svelte';
import type { Entry } from './palette';
import { ROUTES } from './routes';
import { PRESETS, timeWindow } from './timeRange.svelte';

export function buildEntries(sources: SourceStatus[], showShortcuts: () => void): Entry[] {
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
      if (config.kind !== 'mpanel' && config.kind !== 'prometheus') return [edit];
      const pool: Entry = {
        id: `pool-${config.id}`,
        title: `Pool of ${config.name}`,
        kind: 'Pools',
        run: () => location.go('pools', { source: config.id }),
      };
      return [pool, edit];
    }),
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

async function setAppearance(appearance: Appearance): Promise<void> {
  if (live.settings) live.settings = await host().settingsSave({ ...live.settings, appearance });
}
