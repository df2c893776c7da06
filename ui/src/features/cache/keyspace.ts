// A walk over the keys in words: how far it is, what it cost, how it ended.
import type { BigKey } from '../../api/generated/BigKey';
import type { CacheLayout } from '../../api/generated/CacheLayout';
import type { CacheTag } from '../../api/generated/CacheTag';
import type { Keyspace } from '../../api/generated/Keyspace';
import type { KeyspaceOptions } from '../../api/generated/KeyspaceOptions';
import type { KeyPrefix } from '../../api/generated/KeyPrefix';
import { ABSENT, brief, bytes, count, duration, percent, plural } from '../../shared/format';
import { column, words, type TextColumn } from './columns';

/** A core's share keeps a digit, since little is the point. */
const core = (ratio: number) => `${(ratio * 100).toFixed(1)}%`;

/** How far the walk is, 0 to 1; unknown where the server did not tell how many keys there are. */
export function walkedRatio({ keys, keys_expected }: Keyspace): number | null {
  return keys_expected === 0 ? null : Math.min(1, keys / keys_expected);
}

/** "77,369 of 184,212 keys", "22,754 keys/s", "4 s left", piece by piece. */
export function walkWords(walk: Keyspace): string[] {
  const rate = walk.took_ms > 0 ? (walk.keys / walk.took_ms) * 1000 : 0;
  const left = rate > 0 ? Math.ceil((walk.keys_expected - walk.keys) / rate) : 0;
  return [
    `${count(walk.keys)} of ${plural(walk.keys_expected, 'key')}`,
    ...(rate > 0 ? [`${count(Math.round(rate))} keys/s`] : []),
    ...(left > 0 ? [`${duration(left)} left`] : []),
    ...(walk.cost.core_ratio === null ? [] : [`${core(walk.cost.core_ratio)} of one core`]),
  ];
}

/** Said where a walk did not come to its end. */
export function partWords(walk: Keyspace): string {
  const part = `${count(walk.keys)} of ${plural(walk.keys_expected, 'key')}`;
  return walk.state.type === 'cancelled'
    ? `The walk was stopped after ${part}. What follows is what was seen until then.`
    : `The walk ended after ${part}. What follows is what was seen until then.`;
}

export function costWords({ cost }: Keyspace): string {
  const server = cost.server_ms === null ? '' : `, ${duration(cost.server_ms / 1000)} of its processor`;
  const share = cost.core_ratio === null ? '' : ` (${core(cost.core_ratio)} of one core)`;
  const step = duration(cost.longest_step_ms / 1000);
  return `Its cost to the server: ${plural(cost.commands, 'command')}${server}${share}, the longest single step ${step}. No value was loaded.`;
}

/** Every key takes room: none at all means that sizes could not be asked. */
export const isSized = ({ bytes, keys }: Keyspace): boolean => bytes > 0 || keys === 0;

/** Extrapolated where not every key was asked. */
export function measuredWords({ keys, measured }: Keyspace): string | null {
  if (measured >= keys) return null;
  return `${plural(measured, 'key')} of ${count(keys)} were asked for their size and age; the rest is extrapolated.`;
}

export const DEFAULT_OPTIONS: KeyspaceOptions = { budget: 0.1, measured_keys: 200_000 };

export interface OptionFields {
  /** Percent of one core. */
  budget: string;
  measured: string;
}

export const optionFields = (): OptionFields => ({
  budget: String(DEFAULT_OPTIONS.budget * 100),
  measured: String(DEFAULT_OPTIONS.measured_keys),
});

export function checkOptions({ budget, measured }: OptionFields): Partial<OptionFields> {
  const share = Number(budget);
  return {
    ...(budget.trim() === '' || !(share >= 1 && share <= 50) ? { budget: 'From 1 to 50.' } : {}),
    ...(/^\d+$/.test(measured.trim()) && Number(measured) >= 1000
      ? {}
      : { measured: 'A whole number, 1000 or more.' }),
  };
}

/** Nothing where the fields say what the engine does anyway. */
export function optionsOf({ budget, measured }: OptionFields): KeyspaceOptions | null {
  const options = { budget: Number(budget) / 100, measured_keys: Number(measured) };
  const usual =
    options.budget === DEFAULT_OPTIONS.budget && options.measured_keys === DEFAULT_OPTIONS.measured_keys;
  return usual ? null : options;
}

/** "141,204 results under 42 tags" */
export function layoutWords(layout: Extract<CacheLayout, { type: 'intended' }>): string {
  return `${plural(layout.entries, 'result')} of queries under ${plural(layout.tags, 'tag')}`;
}

const age = (seconds: number | null): string => (seconds === null ? ABSENT : brief(seconds));

const size = (value: number): string => (value === 0 ? ABSENT : bytes(value));

export const prefixColumns = (bytesInAll: number): TextColumn<KeyPrefix>[] => [
  words('prefix', 'Prefix', (row) => row.prefix),
  column(
    'keys',
    'Keys',
    84,
    (row) => row.keys,
    (row) => count(row.keys),
  ),
  column(
    'bytes',
    'Size',
    74,
    (row) => row.bytes,
    (row) => size(row.bytes),
  ),
  column(
    'share',
    'Share',
    96,
    (row) => (bytesInAll === 0 ? null : row.bytes / bytesInAll),
    (row) => (bytesInAll === 0 ? ABSENT : percent(row.bytes / bytesInAll)),
    'Of the size of all keys',
  ),
  column(
    'forever',
    'No TTL',
    72,
    (row) => row.without_ttl_ratio,
    (row) => (row.without_ttl_ratio === 0 ? ABSENT : percent(row.without_ttl_ratio)),
    'Share of the keys that never expire',
  ),
  column(
    'ttl',
    'TTL',
    72,
    (row) => row.ttl_median,
    (row) => age(row.ttl_median),
    'The median of those that expire',
  ),
  column(
    'longest',
    'Longest',
    76,
    (row) => row.ttl_longest,
    (row) => age(row.ttl_longest),
    'The longest TTL',
  ),
  column(
    'idle',
    'Idle',
    72,
    (row) => row.idle_median,
    (row) => age(row.idle_median),
    'Since last used, the median',
  ),
  words('types', 'Type', (row) => row.types, 96),
];

export const BIGGEST_COLUMNS: TextColumn<BigKey>[] = [
  words('name', 'Key', (row) => row.name),
  column(
    'size',
    'Size',
    78,
    (row) => row.bytes,
    (row) => size(row.bytes),
  ),
  column(
    'ttl',
    'TTL',
    76,
    (row) => row.ttl_seconds,
    (row) => (row.ttl_seconds === null ? 'none' : brief(row.ttl_seconds)),
  ),
  words('kind', 'Type', (row) => row.kind, 72),
];

export const TAG_COLUMNS: TextColumn<CacheTag>[] = [
  words('tag', 'Tag', (row) => row.tag),
  column(
    'members',
    'Keys',
    80,
    (row) => row.members,
    (row) => count(row.members),
  ),
  column(
    'alive',
    'Alive',
    110,
    (row) => row.alive_ratio,
    (row) => (row.alive_ratio === null ? ABSENT : percent(row.alive_ratio)),
    'Share of its keys that still exist; the rest has expired and only fills the set',
  ),
  column(
    'ttl',
    'Longest',
    80,
    (row) => row.ttl_longest,
    (row) => age(row.ttl_longest),
    'The longest TTL of a sample',
  ),
  { key: 'remove', title: '', value: () => null, width: '92px', sortable: false },
];
