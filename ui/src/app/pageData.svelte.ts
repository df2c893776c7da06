// Keeps a page's data on the window of time and on the polls, for as long as the page is open.
import { untrack } from 'svelte';
import type { Resource } from '../api/resource.svelte';
import { live } from './live.svelte';
import { timeWindow } from './timeRange.svelte';

/** `subject` is what the page is about: when it changes, the data of the subject before is dropped. */
export function follow<Args, T>(
  resource: Resource<Args, T>,
  args: () => Args,
  subject: () => string = () => '',
): void {
  let before: string | null = null;
  $effect(() => {
    const now = subject();
    void timeWindow.choice;
    untrack(() => resource.ask(args, before !== null && before !== now));
    before = now;
  });
  $effect(() => {
    const stop = live.onPolled(() => resource.refresh());
    return () => {
      stop();
      resource.stop();
    };
  });
}

export const zoom = (range: { from: number; to: number }) => timeWindow.zoomTo(range);
export const resetZoom = () => timeWindow.reset();
