// Budgets as people choose them: steps of a slider that grow with the size, and numbers with a unit.
export const MB = 1024 ** 2;
export const GB = 1024 ** 3;

const ROUND = [1, 1.5, 2, 3, 5, 7];

/** 1 MB to 1 TB, each about half as much again as the one before. */
export const BUDGETS: number[] = [
  ...[MB, 10 * MB, 100 * MB, GB, 10 * GB, 100 * GB].flatMap((unit) => ROUND.map((n) => n * unit)),
  1000 * GB,
];

/** The step that is nearest by ratio. */
export function stepOf(budget: number): number {
  const distance = (step: number) => Math.abs(Math.log(step / Math.max(1, budget)));
  return BUDGETS.reduce(
    (best, step, index) => (distance(step) < distance(BUDGETS[best] ?? MB) ? index : best),
    0,
  );
}

export type BudgetUnit = 'MB' | 'GB';

export const unitOf = (budget: number): BudgetUnit => (budget >= GB ? 'GB' : 'MB');

/** At most two decimals: "1.5". */
export const numberOf = (budget: number, unit: BudgetUnit): string =>
  String(Math.round((budget / (unit === 'GB' ? GB : MB)) * 100) / 100);

/** Whole bytes, or nothing where it is no size. */
export function bytesOf(text: string, unit: BudgetUnit): number | null {
  const number = Number(text.trim().replace(',', '.'));
  if (text.trim() === '' || !Number.isFinite(number) || number <= 0) return null;
  return Math.round(number * (unit === 'GB' ? GB : MB));
}
