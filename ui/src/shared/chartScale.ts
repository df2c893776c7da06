// Chooses round axis limits and ticks, so that a chart's numbers are ones a person would have picked.
import { bytes, clock, count, day, duration, percent, type UnitName } from './format';

export interface Scale {
  max: number;
  step: number;
}

/** The smallest round step that covers `highest` in at most `ticks` steps; counts never get fractions. */
export function niceScale(highest: number, unit: UnitName, ticks: number): Scale {
  const peak = Math.max(highest, floorOf(unit));
  const raw = peak / Math.max(1, ticks);
  const step = unit === 'bytes' ? binaryStep(raw) : decimalStep(raw, unit === 'count');
  return { max: step * Math.ceil(peak / step - 1e-9), step };
}

/** Keeps a flat line at zero from being drawn over its whole panel. */
function floorOf(unit: UnitName): number {
  switch (unit) {
    case 'count':
      return 4;
    case 'ratio':
      return 0.01;
    case 'bytes':
      return 1024;
    case 'milliseconds':
      return 1;
    case 'seconds':
      return 0.001;
    case 'per_second':
      return 1;
  }
}

function decimalStep(raw: number, whole: boolean): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const candidates = whole ? [1, 2, 2.5, 3, 4, 5, 10] : [1, 2, 2.5, 3, 5, 10];
  for (const candidate of candidates) {
    const step = candidate * power;
    if (step >= raw - 1e-12 && (!whole || Number.isInteger(step))) return step;
  }
  return whole ? Math.max(1, Math.ceil(raw)) : 10 * power;
}

function binaryStep(raw: number): number {
  return 2 ** Math.ceil(Math.log2(raw));
}

export function ticksOf({ max, step }: Scale): number[] {
  const found: number[] = [];
  for (let i = 0; i * step <= max + step * 1e-6; i += 1) found.push(i * step);
  return found;
}

export function tickLabel(value: number, unit: UnitName): string {
  switch (unit) {
    case 'ratio':
      return percent(value);
    case 'seconds':
      return value === 0 ? '0' : duration(value);
    case 'milliseconds':
      return value === 0 ? '0' : duration(value / 1000);
    case 'bytes':
      return value === 0 ? '0' : bytes(value);
    default:
      return tickCount(value);
  }
}

/** Large numbers in the width of an axis: "250 k", "1.5 M". */
function tickCount(value: number): string {
  if (value < 1e5) return count(value);
  return value < 1e6 ? `${count(value / 1e3)} k` : `${count(value / 1e6)} M`;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TIME_STEPS = [
  1000,
  5000,
  15_000,
  30_000,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  5 * DAY,
  10 * DAY,
];

/** Round local times inside a window, about one for every `space` of its `width` pixels. */
export function timeTicks(from: number, to: number, width: number, space = 72): number[] {
  const wanted = Math.max(2, Math.floor(width / space));
  const span = to - from;
  const step =
    TIME_STEPS.find((step) => span / step <= wanted && (step >= MINUTE || span <= 2 * MINUTE)) ?? 30 * DAY;
  // Steps are counted from local midnight, so that six-hour ticks fall on 06:00 and not on UTC's.
  const midnight = new Date(from);
  midnight.setHours(0, 0, 0, 0);
  const origin = midnight.getTime();
  const found: number[] = [];
  for (let at = origin + Math.ceil((from - origin) / step) * step; at <= to; at += step) found.push(at);
  return found;
}

export function timeLabel(at: number, span: number): string {
  if (span <= 2 * MINUTE) return clock(at);
  if (span <= 36 * HOUR) return clock(at, false);
  const date = new Date(at);
  const midnight = date.getHours() === 0 && date.getMinutes() === 0;
  return midnight || span > 4 * DAY ? day(at) : clock(at, false);
}
