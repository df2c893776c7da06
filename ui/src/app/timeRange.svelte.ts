// The window of time that every page looks at: a moving preset, or a stretch that was zoomed to.
import type { TimeRange } from '../api/generated/TimeRange';
import { clock, day } from '../shared/format';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const PRESETS = [
  { value: 'live', text: 'Live', span: 5 * MINUTE, hint: 'The last 5 minutes, moving' },
  { value: '15m', text: '15m', span: 15 * MINUTE, hint: 'The last 15 minutes' },
  { value: '1h', text: '1h', span: HOUR, hint: 'The last hour' },
  { value: '6h', text: '6h', span: 6 * HOUR, hint: 'The last 6 hours' },
  { value: '24h', text: '24h', span: 24 * HOUR, hint: 'The last 24 hours' },
  { value: '7d', text: '7d', span: 7 * 24 * HOUR, hint: 'The last 7 days' },
  { value: '30d', text: '30d', span: 30 * 24 * HOUR, hint: 'The last 30 days' },
] as const;

export type Preset = (typeof PRESETS)[number]['value'];

/** Narrower than this a zoom would hold no sample. */
const NARROWEST = 2_000;

export class TimeWindow {
  preset = $state<Preset>('live');
  zoom = $state.raw<TimeRange | null>(null);

  choose(preset: Preset): void {
    this.preset = preset;
    this.zoom = null;
  }

  zoomTo(range: TimeRange): void {
    const from = Math.round(range.from);
    this.zoom = { from, to: Math.max(from + NARROWEST, Math.round(range.to)) };
  }

  reset(): void {
    this.zoom = null;
  }

  /** The window as it stands at `now`. */
  range(now: number): TimeRange {
    if (this.zoom) return this.zoom;
    const span = PRESETS.find((preset) => preset.value === this.preset)?.span ?? HOUR;
    return { from: now - span, to: now };
  }

  /** Changes exactly when another window was asked for, not while a window moves. */
  get choice(): string {
    return this.zoom ? `${this.zoom.from}-${this.zoom.to}` : this.preset;
  }

  /** "The last 15 minutes", "09:54:00 – 10:04:00" */
  get words(): string {
    return this.zoom ? this.zoomText : (PRESETS.find(({ value }) => value === this.preset)?.hint ?? '');
  }

  get zoomText(): string {
    if (!this.zoom) return '';
    const { from, to } = this.zoom;
    const long = to - from > 24 * HOUR;
    return long ? `${day(from)} – ${day(to)}` : `${clock(from)} – ${clock(to)}`;
  }
}

export const timeWindow = new TimeWindow();
