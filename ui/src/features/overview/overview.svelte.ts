// What the Overview page knows: one answer of the engine, kept fresh.
import type { Overview } from '../../api/generated/Overview';
import type { TimeRange } from '../../api/generated/TimeRange';
import { host } from '../../api/host';
import { Resource } from '../../api/resource.svelte';

/** Every source is charted anew with each answer: among many sources one polls at every moment, and none more often. */
const SPACING = 2500;

export function overviewResource(): Resource<TimeRange, Overview> {
  return new Resource((range) => host().overview(range), SPACING);
}

/** "5 sources, all times local" */
export function overviewNote(sources: number): string {
  return `${sources} ${sources === 1 ? 'source' : 'sources'}, all times local`;
}
