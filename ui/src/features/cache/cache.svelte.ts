// What the Cache page knows: which view is open, what it is about, and the data of each view.
import type { CacheAdvice } from '../../api/generated/CacheAdvice';
import type { CachePage } from '../../api/generated/CachePage';
import type { CoalescingPage } from '../../api/generated/CoalescingPage';
import type { CompressionProbe } from '../../api/generated/CompressionProbe';
import type { ReplayId } from '../../api/generated/ReplayId';
import type { SourceId } from '../../api/generated/SourceId';
import type { SourceStatus } from '../../api/generated/SourceStatus';
import type { TeamCachePage } from '../../api/generated/TeamCachePage';
import type { TimeRange } from '../../api/generated/TimeRange';
import { host } from '../../api/host';
import { Resource } from '../../api/resource.svelte';

export const VIEWS = [
  { value: 'cache', text: 'Cache', hint: 'How well the cache serves, and what is wrong with it' },
  { value: 'keys', text: 'Keys', hint: 'What lies in it, by prefix, age, size and tag' },
  { value: 'advice', text: 'What would help', hint: 'Statements whose results are worth keeping' },
  { value: 'coalescing', text: 'Coalescing', hint: 'Identical requests at the same time' },
  { value: 'compression', text: 'Compression', hint: 'Whether instances compress what they send' },
  { value: 'shared', text: 'Shared reads', hint: 'What the consoles of the team read for each other' },
] as const;

export type View = (typeof VIEWS)[number]['value'];

export const viewOf = (asked: string | undefined): View =>
  VIEWS.find(({ value }) => value === asked)?.value ?? 'cache';

/** What each view is about, which another view does not forget. */
const KEPT = ['source', 'replay', 'instance'];

type Params = Record<string, string>;

/** Another view, about the same as before. */
export function placeOf(params: Params, view: View, over: Params = {}): Params {
  const kept = Object.entries(params).filter(([key]) => KEPT.includes(key));
  return { ...Object.fromEntries(kept), ...(view === 'cache' ? {} : { view }), ...over };
}

export interface Chosen {
  known: SourceStatus[];
  status: SourceStatus | null;
  /** The address names one that is not there. */
  gone: boolean;
}

/** The source that the address names, else the first that is switched on, else the first. */
export function chosenSource(known: SourceStatus[], asked: string | undefined): Chosen {
  const named = known.find(({ config }) => config.id === asked);
  const first = known.find(({ config }) => config.enabled) ?? known[0];
  const status = named ?? (asked === undefined ? first : undefined) ?? null;
  return { known, status, gone: asked !== undefined && named === undefined };
}

export const ofKinds = (
  sources: SourceStatus[] | null,
  kinds: SourceStatus['config']['kind'][],
): SourceStatus[] => (sources ?? []).filter(({ config }) => kinds.includes(config.kind));

export const cacheResource = (): Resource<{ source: SourceId | null; range: TimeRange }, CachePage> =>
  new Resource(({ source, range }) => host().cachePage(source, range));

export const adviceResource = (): Resource<ReplayId, CacheAdvice> =>
  new Resource((replay) => host().cacheAdvice(replay));

export const coalescingResource = (): Resource<
  { replay: ReplayId | null; range: TimeRange },
  CoalescingPage
> => new Resource(({ replay, range }) => host().coalescingPage(replay, range), 5000);

/** Wrapped, since that nothing was probed yet is an answer too. */
export const probeResource = (): Resource<SourceId, { last: CompressionProbe | null }> =>
  new Resource(async (source) => ({ last: await host().compressionProbe(source) }));

export const teamResource = (): Resource<null, TeamCachePage> =>
  new Resource(() => host().teamCachePage(), 5000);
