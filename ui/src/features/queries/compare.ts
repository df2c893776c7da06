// Two windows of a server to be compared: which, and what the comparison says of a statement.
import type { ChangeVerdict } from '../../api/generated/ChangeVerdict';
import type { StatementChange } from '../../api/generated/StatementChange';
import type { StatementCounts } from '../../api/generated/StatementCounts';
import type { TimeRange } from '../../api/generated/TimeRange';
import { ABSENT, briefMs, count, fineMs } from '../../shared/format';
import type { Column } from '../../shared/table';
import type { Tone } from '../../shared/tone';

export type Beside = 'previous' | 'yesterday' | 'week' | 'custom';

const DAY = 86_400_000;

export const BESIDES: { value: Beside; text: string; hint: string }[] = [
  { value: 'previous', text: 'Just before', hint: 'The window of the same length before this one' },
  { value: 'yesterday', text: 'Yesterday', hint: 'The same time yesterday' },
  { value: 'week', text: 'A week ago', hint: 'The same time a week ago' },
  { value: 'custom', text: 'Custom', hint: 'Any two windows' },
];

export const besideOf = (text: string | undefined): Beside =>
  BESIDES.find(({ value }) => value === text)?.value ?? 'previous';

export interface Windows {
  before: TimeRange;
  after: TimeRange;
}

const earlier = ({ from, to }: TimeRange, by: number): TimeRange => ({ from: from - by, to: to - by });

/** The window beside `after`; custom ones come from the address, where it names both. */
export function windowsFor(beside: Beside, after: TimeRange, params: Record<string, string>): Windows {
  switch (beside) {
    case 'previous':
      return { before: earlier(after, after.to - after.from), after };
    case 'yesterday':
      return { before: earlier(after, DAY), after };
    case 'week':
      return { before: earlier(after, 7 * DAY), after };
    case 'custom':
      return {
        before: parseWindow(params['before']) ?? earlier(after, after.to - after.from),
        after: parseWindow(params['after']) ?? after,
      };
  }
}

export const windowText = ({ from, to }: TimeRange): string => `${Math.round(from)}-${Math.round(to)}`;

export function parseWindow(text: string | undefined): TimeRange | null {
  const found = /^(\d+)-(\d+)$/.exec(text ?? '');
  if (!found) return null;
  const [from, to] = [Number(found[1]), Number(found[2])];
  return from < to ? { from, to } : null;
}

/** What a field for a local date and time holds: "2026-11-22T10:00:04". */
export function localText(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

export function fromLocal(text: string): number | null {
  const at = new Date(text).getTime();
  return Number.isFinite(at) ? at : null;
}

const meanOf = ({ calls, exec_ms }: StatementCounts): number | null => (calls === 0 ? null : exec_ms / calls);

export interface Sides {
  mean: [before: number | null, after: number | null];
  calls: [before: number | null, after: number | null];
}

export function sidesOf(change: StatementChange): Sides {
  const rate = (calls: number, seconds: number) => (seconds > 0 ? calls / seconds : null);
  return {
    mean: [meanOf(change.before), meanOf(change.after)],
    calls: [rate(change.before.calls, change.before_seconds), rate(change.after.calls, change.after_seconds)],
  };
}

const WORDS: Record<ChangeVerdict, string> = {
  slower: 'Slower',
  more_calls: 'More calls',
  new: 'New',
  faster: 'Faster',
  fewer_calls: 'Fewer calls',
  gone: 'Gone',
  same: 'Same',
};

export const verdictName = (verdict: ChangeVerdict): string => WORDS[verdict];

/** How many times slower, oftener, faster or rarer. */
function factorOf(change: StatementChange): number | null {
  const { mean, calls } = sidesOf(change);
  const [was, is] = change.verdict === 'slower' || change.verdict === 'faster' ? mean : calls;
  if (!was || !is) return null;
  return Math.max(was / is, is / was);
}

/** "Slower 3.1×" */
export function verdictWords(change: StatementChange): string {
  const name = verdictName(change.verdict);
  if (change.verdict === 'same' || change.verdict === 'new' || change.verdict === 'gone') return name;
  const factor = factorOf(change);
  return factor === null ? name : `${name} ${factor < 9.95 ? factor.toFixed(1) : count(Math.round(factor))}×`;
}

export function verdictTone(change: StatementChange): Tone {
  switch (change.verdict) {
    case 'slower':
      return (factorOf(change) ?? 1) >= 2 ? 'critical' : 'warning';
    case 'more_calls':
      return 'warning';
    case 'new':
      return 'info';
    case 'faster':
      return 'ok';
    default:
      return 'none';
  }
}

/** "+412 ms/s" */
export function costWords(cost: number): string {
  if (Math.abs(cost) < 0.05) return '0 ms/s';
  const size =
    Math.abs(cost) >= 999.95 ? `${(Math.abs(cost) / 1000).toFixed(1)} s/s` : `${fineMs(Math.abs(cost))}/s`;
  return `${cost > 0 ? '+' : '−'}${size}`;
}

export const meanWords = ([was, is]: Sides['mean']): string => `${briefMs(was)} → ${briefMs(is)}`;

export const callsWords = ([was, is]: Sides['calls']): string =>
  [was, is].map((rate) => (rate === null ? ABSENT : count(rate))).join(' → ');

export function narrowChanges(
  rows: StatementChange[],
  filter: { text: string; verdict: string },
): StatementChange[] {
  const needle = filter.text.trim().toLowerCase();
  return rows.filter(
    (row) =>
      (filter.verdict === '' || row.verdict === filter.verdict) &&
      [row.statement ?? '', row.queryid, row.fingerprint ?? ''].join('\n').toLowerCase().includes(needle),
  );
}

/** The verdicts that occur, each with how often, in the order of the domain. */
export function verdictChoices(rows: StatementChange[]): { value: string; text: string }[] {
  const known = (Object.keys(WORDS) as ChangeVerdict[]).flatMap((verdict) => {
    const many = rows.filter((row) => row.verdict === verdict).length;
    return many === 0 ? [] : [{ value: verdict, text: `${WORDS[verdict]}, ${count(many)}` }];
  });
  return [{ value: '', text: 'All changes' }, ...known];
}

const RANKS = Object.fromEntries(Object.keys(WORDS).map((verdict, index) => [verdict, index]));

const COLUMNS: Column<StatementChange>[] = [
  { key: 'statement', title: 'Statement', value: (row) => row.statement ?? row.queryid },
  {
    key: 'verdict',
    title: 'Change',
    value: (row) => verdictWords(row),
    rank: (row) => RANKS[row.verdict] ?? 0,
    width: '118px',
  },
  {
    key: 'mean',
    title: 'Mean',
    value: (row) => meanOf(row.after),
    numeric: true,
    width: '128px',
    hint: 'Time of one execution, before and after',
  },
  {
    key: 'calls',
    title: 'Calls/s',
    value: (row) => sidesOf(row).calls[1],
    numeric: true,
    width: '112px',
    hint: 'Before and after',
  },
  {
    key: 'cost',
    title: 'Costs more',
    value: (row) => row.cost,
    numeric: true,
    width: '96px',
    hint: 'Execution in each second, after less before',
  },
];

/** In little room the statement keeps its own. */
export const changeColumns = (width: number): Column<StatementChange>[] => {
  if (width === 0 || width >= 690) return COLUMNS;
  return COLUMNS.filter(({ key }) => (width >= 560 ? key !== 'calls' : key !== 'calls' && key !== 'mean'));
};
