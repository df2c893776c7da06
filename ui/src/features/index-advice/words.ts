// Index advice in words: gains, evidence, kinds, progress.
import type { AdviceEvidence } from '../../api/generated/AdviceEvidence';
import type { AdvicePriority } from '../../api/generated/AdvicePriority';
import type { AdviceProgress } from '../../api/generated/AdviceProgress';
import type { AdviceStep } from '../../api/generated/AdviceStep';
import type { AdvisedStatement } from '../../api/generated/AdvisedStatement';
import type { DropKind } from '../../api/generated/DropKind';
import type { IndexAdvice } from '../../api/generated/IndexAdvice';
import type { IndexSuggestion } from '../../api/generated/IndexSuggestion';
import type { ServedStatement } from '../../api/generated/ServedStatement';
import { ABSENT, count, duration, fineMs, percent, plural } from '../../shared/format';
import type { Tone } from '../../shared/tone';

export const priorityTone: Record<AdvicePriority, Tone> = {
  high: 'critical',
  medium: 'warning',
  low: 'none',
};

export const priorityOrder: Record<AdvicePriority, number> = { high: 1, medium: 2, low: 3 };

export const evidenceTone = (evidence: AdviceEvidence): Tone => (evidence === 'verified' ? 'ok' : 'none');

export const EVIDENCE: Record<AdviceEvidence, string> = {
  verified: 'The server’s planner chose the index when it was offered hypothetically.',
  estimated: 'Worked out from statistics, or from the statements alone; the planner was not asked.',
};

export const DROP_KINDS: Record<DropKind, { tone: Tone; about: string }> = {
  redundant: { tone: 'none', about: 'Another index does what this one does' },
  unused: { tone: 'none', about: 'No statement has used it for as long as the counters count' },
  invalid: { tone: 'warning', about: 'It takes space and writes, and no statement can use it' },
};

/** "−71%"; nothing to compare with is absent. */
export function costChange(before: number, after: number): string {
  if (!(before > 0)) return ABSENT;
  const change = after / before - 1;
  if (Math.abs(change) < 0.0005) return '±0%';
  return `${change < 0 ? '−' : '+'}${percent(Math.abs(change))}`;
}

/** Which database, and which statements: "billing-db, from 24 h of statements". */
export function originWords(advice: IndexAdvice, nameOf: (source: string) => string): string {
  const { database, workload } = advice;
  if (database === null) return `from ${workload.origin} alone`;
  return `${database.source === null ? database.database : nameOf(database.source)}, from ${workload.origin}`;
}

export interface Gain {
  before: number;
  after: number;
  unit: 'ms' | 'cost';
}

/** Mean time where it is known, else the planner's cost, each statement by its calls. */
export function gainOf(suggestion: IndexSuggestion, statements: AdvisedStatement[]): Gain | null {
  const { mean_ms_before, mean_ms_after, serves } = suggestion;
  if (mean_ms_before !== null && mean_ms_after !== null)
    return { before: mean_ms_before, after: mean_ms_after, unit: 'ms' };
  const weight = (one: ServedStatement) => Math.max(1, statements[one.statement]?.calls ?? 1);
  const whole = serves.reduce((sum, one) => sum + weight(one), 0);
  if (whole === 0) return null;
  const mean = (cost: 'cost_before' | 'cost_after') =>
    serves.reduce((sum, one) => sum + one[cost] * weight(one), 0) / whole;
  return { before: mean('cost_before'), after: mean('cost_after'), unit: 'cost' };
}

/** "157.5 ms → 0.4 ms", "12,400 → 8.3" */
export function gainWords({ before, after, unit }: Gain): string {
  const value = unit === 'ms' ? fineMs : count;
  return `${value(before)} → ${value(after)}`;
}

export const STEPS: { value: AdviceStep; text: string }[] = [
  { value: 'workload', text: 'Reading the workload' },
  { value: 'catalog', text: 'Reading the catalog' },
  { value: 'choosing', text: 'Choosing' },
];

/** "1,240 questions answered by the planner, 212 indexes considered, 4.1 s of 10 s" piece by piece. */
export function progressWords(progress: AdviceProgress, limit: number): string[] {
  const { candidates, what_if_calls, seconds } = progress;
  return [
    ...(what_if_calls > 0 ? [`${count(what_if_calls)} what-if calls to the planner`] : []),
    ...(candidates > 0 ? [`${plural(candidates, 'index', 'indexes')} considered`] : []),
    `${duration(Math.round(seconds * 10) / 10)} of ${limit} s`,
  ];
}

/** "−63% with 5 indexes so far" */
export function bestWords({ cost_before, cost_best, indexes_best }: AdviceProgress): string | null {
  if (cost_before === null || cost_best === null) return null;
  return `${costChange(cost_before, cost_best)} with ${plural(indexes_best, 'index', 'indexes')} so far`;
}

const CODES: Record<string, string> = {
  covered: 'Covered by an index',
  low_selectivity: 'Not selective',
  tiny_table: 'Small table',
  write_heavy: 'Written too much',
  not_chosen: 'Not chosen',
  over_budget: 'Over the budget',
};

/** Codes that are not known yet still read as words. */
export function codeWords(code: string): string {
  const text = code.replaceAll('_', ' ');
  return CODES[code] ?? `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
