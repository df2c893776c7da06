// Keeps a page's data on the window of time and on the polls, for as long as the page is open.
import { untrack } from 'svelte';
import type { Resource } from '../api/resource.svelte';
import { live } from './live.svelte';
import { timeWindow } from './timeRange.svelte';

/** Begins to call back whenever there may be something new; answers with the way to stop. */
type News = (listener: () => void) => () => void;

const polls: News = (listener) => live.onPolled(listener);
export const statementReadings: News = (listener) => live.onStatementsRead(listener);
export const healthReadings: News = (listener) => live.onHealthRead(listener);
/** A walk over the keys moves between two polls. */
export const pollsAndWalks: News = (listener) => {
  const stops = [live.onPolled(listener), live.onKeyspaceChanged(listener)];
  return () => stops.forEach((stop) => stop());
};

/** `subject` is what the page is about: when it changes, the data of the subject before is dropped. */
export function follow<Args, T>(
  resource: Resource<Args, T>,
  args: () => Args,
  subject: () => string = () => '',
  news: News = polls,
): void {
  let before: string | null = null;
  $effect(() => {
    const now = subject();
    void timeWindow.choice;
    untrack(() => resource.ask(args, before !== null && before !== now));
    before = now;
  });
  $effect(() => {
    const stop = news(() => resource.refresh());
    return () => {
      stop();
      resource.stop();
    };
  });
}

/** Fetches what an id stands for, anew when it is another one, for as long as the page is open. */
export function followId<Id extends string, T>(resource: Resource<Id, T>, id: () => Id | null): void {
  let before: Id | null = null;
  $effect(() => {
    const now = id();
    untrack(() => {
      if (now === null) resource.stop();
      else resource.ask(() => now, before !== null && before !== now);
    });
    before = now ?? before;
  });
  $effect(() => () => resource.stop());
}

export const zoom = (range: { from: number; to: number }) => timeWindow.zoomTo(range);
export const resetZoom = () => timeWindow.reset();
