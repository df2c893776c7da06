// Turns numbers, times and marked text into what people read: always with a unit, never with false precision.
export type UnitName = 'count' | 'ratio' | 'seconds' | 'milliseconds' | 'bytes' | 'per_second';

/** Shown where a value is not known: absent is not zero. */
export const ABSENT = '–';

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const twoDecimals = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });

/** Whole numbers grouped; small fractions keep what distinguishes them. */
export function count(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return grouped.format(value);
  return Math.abs(value) >= 10 ? oneDecimal.format(value) : twoDecimals.format(value);
}

/** A head figure: from ten million on in millions, "41.1 M". */
export function short(value: number): string {
  return value < 1e7 ? count(value) : `${oneDecimal.format(value / 1e6)} M`;
}

export function percent(ratio: number): string {
  const value = ratio * 100;
  const text =
    Math.abs(value) >= 10 || Number.isInteger(value) ? grouped.format(value) : oneDecimal.format(value);
  return `${text}%`;
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (Math.abs(size) >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || Math.abs(size) >= 10 ? grouped.format(size) : oneDecimal.format(size)} ${units[unit]}`;
}

/** "410 ms", "38 s", "108 s", "4 m 12 s", "2 h 5 m", "3 d 4 h". */
export function duration(seconds: number): string {
  if (seconds < 0) return `−${duration(-seconds)}`;
  if (seconds === 0) return '0 s';
  if (seconds < 0.001) return `${grouped.format(seconds * 1e6)} µs`;
  if (seconds < 0.01) return `${oneDecimal.format(seconds * 1000)} ms`;
  if (seconds < 0.9995) return `${grouped.format(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${oneDecimal.format(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  if (whole < 3600) return pair(Math.floor(whole / 60), 'm', whole % 60, 's');
  if (whole < 86_400) return pair(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'm');
  return pair(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h');
}

/** Only the largest unit, for what need not be exact: "38 s", "6 min", "2 h", "3 d". */
export function roughly(seconds: number): string {
  if (seconds < 60) return duration(Math.floor(seconds));
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** One number that still compares: "142 ms", "72 s", "2.5 min", "41 min", "2.1 h", "3.4 d". */
export function brief(seconds: number): string {
  if (seconds < 119.5) return duration(seconds);
  if (seconds < 597) return `${oneDecimal.format(seconds / 60)} min`;
  if (seconds < 7170) return `${grouped.format(seconds / 60)} min`;
  return seconds < 172_800
    ? `${oneDecimal.format(seconds / 3600)} h`
    : `${oneDecimal.format(seconds / 86_400)} d`;
}

/** A chosen length of time in the largest unit that divides it: "10 s", "2 min", "1 h", "1 d". */
export function period(seconds: number): string {
  const units: [number, string][] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ];
  const [size, unit] = units.find(([length]) => seconds >= length && seconds % length === 0) ?? [1, 's'];
  return `${count(seconds / size)} ${unit}`;
}

/** Milliseconds in as few characters; what was not measured is absent. */
export function briefMs(ms: number | null | undefined): string {
  return ms == null ? ABSENT : brief(ms / 1000);
}

/** Milliseconds to be compared with others: "157.5 ms", "0.4 ms", "0.03 ms"; from a second on as any time. */
export function fineMs(ms: number): string {
  if (ms >= 999.95) return duration(ms / 1000);
  return ms > 0 && ms < 0.1 ? `${twoDecimals.format(Math.max(0.01, ms))} ms` : `${ms.toFixed(1)} ms`;
}

/** A share of what should be whole: "99.9%" until it is all of it. */
export function coverage(part: number, whole: number): string {
  if (whole === 0) return ABSENT;
  return `${oneDecimal.format(Math.floor((part / whole) * 1000) / 10)}%`;
}

function pair(major: number, majorUnit: string, minor: number, minorUnit: string): string {
  if (minor === 0) return `${major} ${majorUnit === 'm' ? 'min' : majorUnit}`;
  return `${major} ${majorUnit} ${minor} ${minorUnit}`;
}

export function quantity(value: number | null | undefined, unit: UnitName): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return ABSENT;
  switch (unit) {
    case 'count':
      return count(value);
    case 'ratio':
      return percent(value);
    case 'seconds':
      return duration(value);
    case 'milliseconds':
      return duration(value / 1000);
    case 'bytes':
      return bytes(value);
    case 'per_second':
      return `${count(value)} /s`;
  }
}

const two = (value: number) => String(value).padStart(2, '0');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Local wall clock, "10:00:04". */
export function clock(at: number, seconds = true): string {
  const date = new Date(at);
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return seconds ? `${minutes}:${two(date.getSeconds())}` : minutes;
}

/** "22 Nov, 10:00:04", the day left out while it is the day of `now`. */
export function moment(at: number, now: number): string {
  const date = new Date(at);
  if (date.toDateString() === new Date(now).toDateString()) return clock(at);
  return `${date.getDate()} ${MONTHS[date.getMonth()]}, ${clock(at)}`;
}

export function day(at: number): string {
  const date = new Date(at);
  return `${date.getDate()} ${MONTHS[date.getMonth()]}`;
}

/** "22 Nov, 09:00:04 to 11:30:00"; the day of both where they differ. */
export function stretch(from: number, to: number, now: number): string {
  if (new Date(from).toDateString() === new Date(to).toDateString())
    return `${moment(from, now)} to ${clock(to)}`;
  return `${day(from)}, ${clock(from)} to ${day(to)}, ${clock(to)}`;
}

/** "2 s ago"; a future moment (clocks differ) reads as "now". */
export function ago(at: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - at) / 1000));
  return seconds === 0 ? 'now' : `${roughly(seconds)} ago`;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

export interface Segment {
  kind: 'text' | 'strong' | 'code';
  text: string;
}

/** Splits `**names**` and `` `code` `` out of a sentence; anything unpaired stays text. */
export function segments(text: string): Segment[] {
  const found: Segment[] = [];
  const pattern = /\*\*([^*]+)\*\*|`([^`]+)`/g;
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > at) found.push({ kind: 'text', text: text.slice(at, match.index) });
    if (match[1] !== undefined) found.push({ kind: 'strong', text: match[1] });
    else found.push({ kind: 'code', text: match[2] ?? '' });
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ kind: 'text', text: text.slice(at) });
  return found;
}
