// What the N+1 findings page knows: the patterns of one replay, narrowed, in words, and two replays compared.
import type { NPlusOneFinding } from '../../api/generated/NPlusOneFinding';
import type { PatternChange } from '../../api/generated/PatternChange';
import type { ReplayComparison } from '../../api/generated/ReplayComparison';
import type { ReplayId } from '../../api/generated/ReplayId';
import type { RepetitionKind } from '../../api/generated/RepetitionKind';
import type { Confidence } from '../../api/generated/Confidence';
import { host } from '../../api/host';
import { Resource } from '../../api/resource.svelte';
import { count } from '../../shared/format';
import type { Tone } from '../../shared/tone';

export const KINDS: { value: RepetitionKind; text: string; about: string }[] = [
  { value: 'n_plus_one', text: 'N+1 query', about: 'Reads with other parameters each time' },
  { value: 'redundant', text: 'Repeated query', about: 'Reads with the same parameters again' },
  { value: 'bulk_write', text: 'Row-by-row write', about: 'Writes one row after the other' },
];

export const kindText = (kind: RepetitionKind): string =>
  KINDS.find((known) => known.value === kind)?.text ?? kind;

export interface Filter {
  text: string;
  route: string;
  table: string;
  kind: string;
  ignored: boolean;
}

export const noFilter = (): Filter => ({ text: '', route: '', table: '', kind: '', ignored: false });

export const isFiltered = (filter: Filter): boolean =>
  [filter.text.trim(), filter.route, filter.table, filter.kind].some((part) => part !== '');

export function narrow(findings: NPlusOneFinding[], filter: Filter): NPlusOneFinding[] {
  const needle = filter.text.trim().toLowerCase();
  return findings.filter((finding) => {
    const { title, statement, routes, tables, kind, ignored } = finding;
    if (ignored !== null && !filter.ignored) return false;
    if (filter.kind !== '' && kind !== filter.kind) return false;
    if (filter.table !== '' && !tables.includes(filter.table)) return false;
    if (filter.route !== '' && !routes.some(({ name }) => name === filter.route)) return false;
    const text = [title, statement, ...routes.map(({ name }) => name), ...tables].join('\n').toLowerCase();
    return text.includes(needle);
  });
}

/** Queries in one unit today and when mended: the parent runs either way. */
export function queriesInUnit({ repeats, saved_ratio, parent }: NPlusOneFinding): [number, number] {
  const own = parent ? 1 : 0;
  return [repeats.median + own, Math.max(1, Math.round(repeats.median * (1 - saved_ratio))) + own];
}

/** The saving rounded down: "100% fewer" is never said of what still needs one query. */
export const fewer = (ratio: number): string => `${Math.floor(ratio * 100 + 1e-9)}%`;

export const confidenceTone = (confidence: Confidence): Tone =>
  confidence === 'high' ? 'critical' : confidence === 'medium' ? 'warning' : 'none';

/** "GET /api/customers and 2 more" */
export function routeWords({ routes, applications }: NPlusOneFinding): string {
  const named = routes.length > 0 ? routes : applications;
  const [first] = named;
  if (!first) return 'no route in the log';
  return named.length === 1 ? first.name : `${first.name} and ${count(named.length - 1)} more`;
}

/** "7f3c…a91e" */
export const shortId = (id: string): string => (id.length <= 12 ? id : `${id.slice(0, 4)}…${id.slice(-4)}`);

export interface Pair {
  before: ReplayId;
  after: ReplayId;
}

export const comparisonResource = (): Resource<Pair, ReplayComparison> =>
  new Resource(({ before, after }) => host().replaysCompare(before, after));

export const CHANGES: { value: PatternChange; tone: Tone }[] = [
  { value: 'new', tone: 'critical' },
  { value: 'worse', tone: 'warning' },
  { value: 'same', tone: 'none' },
  { value: 'better', tone: 'ok' },
  { value: 'gone', tone: 'ok' },
];

export const changeTone = (change: PatternChange): Tone =>
  CHANGES.find((known) => known.value === change)?.tone ?? 'none';
