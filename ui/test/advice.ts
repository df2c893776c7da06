// The Index advice page as a person meets it, and pieces of advice to tell it otherwise.
import { screen } from '@testing-library/svelte';
import type { Scenario } from '../src/api/fixtures/scenario';
import type { IndexAdvice } from '../src/api/generated/IndexAdvice';
import { createMock } from '../src/api/mock';
import type { Host } from '../src/api/host';
import IndexAdvicePage from '../src/features/index-advice/IndexAdvicePage.svelte';
import { open } from './open';

export async function openAdvice(
  scenario: Scenario = 'leak',
  overrides: Partial<Host> = {},
  place = 'index-advice',
): Promise<Host> {
  const host = await open(IndexAdvicePage, scenario, place, overrides);
  await screen.findByTestId('create');
  return host;
}

/** The usual advice, changed. */
export const told =
  (change: (advice: IndexAdvice) => Partial<IndexAdvice>): Host['adviceReport'] =>
  async (id) => {
    const advice = await createMock('leak').adviceReport(id);
    return { ...advice, ...change(advice) };
  };

export const ticks = (list: 'create' | 'drop'): boolean[] =>
  screen.getAllByTestId<HTMLInputElement>(`tick-${list}`).map((box) => box.checked);
