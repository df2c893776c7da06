// What the Activity page knows: a window of a server, and one moment of it that follows the newest sample or stays in the past.
import { untrack } from 'svelte';
import type { ActivityMoment } from '../../api/generated/ActivityMoment';
import type { ActivityPage } from '../../api/generated/ActivityPage';
import type { SourceId } from '../../api/generated/SourceId';
import type { TimeRange } from '../../api/generated/TimeRange';
import { host } from '../../api/host';
import { Resource } from '../../api/resource.svelte';
import { live } from '../../app/live.svelte';
import { timeWindow } from '../../app/timeRange.svelte';

export const VIEWS = [
  { value: 'sessions', text: 'Sessions', hint: 'Every session and what it does' },
  { value: 'blocking', text: 'Blocking', hint: 'Who waits for whom' },
  { value: 'xmin', text: 'xmin', hint: 'What keeps VACUUM from cleaning up' },
  { value: 'top', text: 'Top', hint: 'Who used the time of the window' },
] as const;

export type View = (typeof VIEWS)[number]['value'];

export const viewOf = (text: string | undefined): View | null =>
  VIEWS.find(({ value }) => value === text)?.value ?? null;

interface PageQuestion {
  source: SourceId | null;
  range: TimeRange;
}

interface MomentQuestion {
  source: SourceId;
  at: number | null;
  idle: boolean;
}

/** Nothing was recorded at a moment: that is an answer too. */
export interface Looked {
  at: number | null;
  moment: ActivityMoment | null;
}

/** A whole second is meant to its end: samples are not taken on the second. */
const END_OF_SECOND = 999;
/** A chart of long steps does not change with every sample. */
const LONGEST_PAUSE = 10_000;

export class Activity {
  readonly page = new Resource<PageQuestion, ActivityPage>(({ source, range }) =>
    host().activityPage(source, range),
  );
  readonly looked = new Resource<MomentQuestion, Looked>(async ({ source, at, idle }) => {
    const moment = await host().activityMoment(source, at === null ? null : at + END_OF_SECOND, idle);
    return { at, moment };
  });
  /** The moment that is looked at; nothing while the newest one is followed. */
  at = $state<number | null>(null);
  /** Idle sessions are asked for as well. */
  idle = $state(false);
  /** When the newest sample was taken. */
  #sampledAt = $state(0);
  readonly #asked: () => SourceId | null;
  readonly source = $derived.by(() => this.#asked() ?? this.page.data?.source ?? null);
  readonly newest = $derived(
    Math.max(this.#sampledAt, this.liveMoment?.at ?? 0, this.page.data?.recorded?.to ?? 0),
  );

  constructor(asked: () => SourceId | null, at: number | null) {
    this.#asked = asked;
    this.at = at;
    this.#followWindow();
    this.#followMoment();
    this.#followSamples();
  }

  get moment(): ActivityMoment | null {
    return this.looked.data?.moment ?? null;
  }

  get liveMoment(): ActivityMoment | null {
    return this.moment?.live ? this.moment : null;
  }

  #followWindow(): void {
    let before: SourceId | null = null;
    $effect(() => {
      const asked = this.#asked();
      void timeWindow.choice;
      untrack(() =>
        this.page.ask(
          () => ({ source: this.#asked(), range: timeWindow.range(Date.now()) }),
          before !== asked && before !== null,
        ),
      );
      before = asked;
    });
  }

  #followMoment(): void {
    let before: SourceId | null = null;
    $effect(() => {
      const { source, at, idle } = this;
      untrack(() => {
        if (source === null) return this.looked.stop();
        const question = () => ({ source, at, idle });
        if (source !== before) {
          this.#sampledAt = 0;
          this.looked.ask(question, before !== null);
        } else this.looked.seek(question);
      });
      before = source;
    });
  }

  #followSamples(): void {
    $effect(() => {
      const stop = live.onSampled((source, at) => {
        if (source !== this.source) return;
        this.#sampledAt = at;
        if (!document.hidden) this.#refresh();
      });
      const shown = () => !document.hidden && this.#refresh();
      document.addEventListener('visibilitychange', shown);
      return () => {
        stop();
        document.removeEventListener('visibilitychange', shown);
        this.page.stop();
        this.looked.stop();
      };
    });
  }

  #refresh(): void {
    if (this.at === null) this.looked.refresh();
    const pause = Math.min(LONGEST_PAUSE, this.page.data?.chart?.step_ms ?? 0);
    if (Date.now() - (this.page.answeredAt ?? 0) >= pause) this.page.refresh();
  }
}
