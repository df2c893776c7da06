// Another budget or write-cost limit chooses anew, a moment later, with the old choice in view until then.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { openAdvice, ticks } from '../../../test/advice';
import { choose, said, type } from '../../../test/page';
import { createMock } from '../../api/mock';
import { live } from '../../app/live.svelte';
import { BUDGETS, bytesOf, GB, MB, numberOf, stepOf, unitOf } from './budget';

const opened = async (adviceLimit = vi.fn(createMock('leak').adviceLimit)) => {
  await openAdvice('leak', { adviceLimit });
  await fireEvent.click(screen.getByTestId('limits'));
  return adviceLimit;
};

test('moving the budget asks once for the last value and shows the new choice', async () => {
  const adviceLimit = await opened();
  expect(screen.getByTestId('limits').textContent).toBe('Budget 200 MB');
  await fireEvent.click(screen.getAllByTestId('tick-create')[0] as HTMLElement);
  await type('budget-slider', String(stepOf(300 * MB)));
  await type('budget-slider', String(stepOf(500 * MB)));
  expect(screen.getByTestId('limits').textContent).toBe('Budget 500 MB');
  expect(said('create')).toContain('8 suggestions, choosing anew…');
  expect(screen.getAllByTestId('create-row')).toHaveLength(8);
  await waitFor(() => expect(said('create-size')).toContain('235 MB of 500 MB'));
  expect(adviceLimit).toHaveBeenCalledTimes(1);
  expect(adviceLimit).toHaveBeenCalledWith(
    '12',
    expect.objectContaining({ budget_bytes: 500 * MB, min_calls: 5 }),
  );
  // Ticks begin with the new choice.
  expect(ticks('create').slice(0, 4)).toEqual([true, true, true, true]);
  expect(said('create')).toContain('workload cost −80% with the 5 selected');
});

test('the event of the same advice does not end what is being worked out', async () => {
  const mock = createMock('leak');
  await opened(
    vi.fn(async (id, limits) => {
      const advice = await mock.adviceLimit(id, limits);
      const status = live.advices?.find((one) => one.id === id);
      if (status) live.receive([{ type: 'advice_changed', advice: { ...status, request: advice.request } }]);
      await Promise.resolve();
      return advice;
    }),
  );
  await fireEvent.click(screen.getByTestId('budget-none'));
  expect(screen.getByTestId('limits').textContent).toBe('No budget');
  await waitFor(() => expect(said('create-size')).toBe('235 MB '));
});

test('a number with its unit, a write-cost limit, and what is neither', async () => {
  const adviceLimit = await opened();
  await type('budget-number', '0');
  expect(screen.getByTestId('budget-error')).toBeTruthy();
  await type('limits-write', 'much');
  expect(screen.getByTestId('limits-write-error').textContent).toContain('Enter percent');
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(adviceLimit).not.toHaveBeenCalled();
  await type('budget-number', '1.5');
  await choose('budget-unit', 'GB');
  await type('limits-write', '1');
  await waitFor(() =>
    expect(adviceLimit).toHaveBeenLastCalledWith(
      '12',
      expect.objectContaining({ budget_bytes: 1.5 * GB, max_write_cost: 0.01 }),
    ),
  );
  await waitFor(() => expect(ticks('create').filter(Boolean)).toHaveLength(3));
});

test('when it fails the old choice stays, and the page says why', async () => {
  const refused = { code: 'internal', message: 'The answers are gone.', remedy: 'Look again.' };
  await opened(vi.fn(() => Promise.reject(refused)));
  await type('budget-slider', '3');
  expect((await screen.findByTestId('limit-problem')).textContent).toContain('The answers are gone.');
  expect(screen.getByTestId('limits').textContent).toBe('Budget 200 MB');
  expect(said('create')).toContain('with the 4 selected');
});

test('budgets grow by steps that are about alike', () => {
  const growth = BUDGETS.slice(1).map((step, index) => step / (BUDGETS[index] ?? 1));
  expect(Math.min(...growth)).toBeGreaterThan(1.2);
  expect(Math.max(...growth)).toBeLessThan(1.7);
  expect(BUDGETS.at(-1)).toBe(1000 * GB);
  expect(BUDGETS[stepOf(210 * MB)]).toBe(200 * MB);
  expect(stepOf(0)).toBe(0);
  expect([unitOf(900 * MB), unitOf(GB)]).toEqual(['MB', 'GB']);
  expect(numberOf(1.5 * GB, 'GB')).toBe('1.5');
  expect([bytesOf('1,5', 'GB'), bytesOf('', 'MB'), bytesOf('-1', 'MB'), bytesOf('x', 'MB')]).toEqual([
    1.5 * GB,
    null,
    null,
    null,
  ]);
});
