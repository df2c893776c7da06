// A request for advice: what it begins with, what is wrong with it, what is sent.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { open } from '../../../test/open';
import { choose, said, type } from '../../../test/page';
import { LIMITS } from '../../api/fixtures/adviceList';
import { createMock } from '../../api/mock';
import { location } from '../../app/location.svelte';
import { check, fieldsFor, ratioOf, requestOf } from './adviceForm';
import IndexAdvicePage from './IndexAdvicePage.svelte';

async function opened(scenario: 'leak' | 'first-start' | 'dead' = 'leak', params = 'add=yes') {
  const adviceStart = vi.fn(createMock(scenario).adviceStart);
  await open(IndexAdvicePage, scenario, `index-advice?${params}`, { adviceStart });
  await screen.findByTestId('advice-dialog');
  return adviceStart;
}

const start = () => fireEvent.click(screen.getByTestId('advice-start'));

test('begins with the database and the newest replay, and sends the defaults', async () => {
  const adviceStart = await opened();
  await start();
  expect(adviceStart).toHaveBeenCalledWith({
    source: 'billing-db',
    workload: { type: 'replay', replay: '7' },
    limits: { budget_bytes: null, min_mean_ms: 100, min_calls: 5, max_write_cost: 0.5, seconds: 10 },
  });
  await waitFor(() => expect(screen.queryByTestId('advice-dialog')).toBeNull());
  expect(location.place).toEqual({ page: 'index-advice', params: { advice: '101' } });
});

test('a replay that a link names is chosen', async () => {
  await opened('leak', 'add=yes&replay=6');
  expect(screen.getByTestId<HTMLSelectElement>('workload-replay').value).toBe('6');
});

test('filters, budget and limits are checked and sent', async () => {
  const adviceStart = await opened();
  await type('min-mean', 'slow');
  await type('min-calls', '-1');
  await type('write-cost-limit', '');
  await type('time-limit', '0');
  expect(screen.queryByTestId('min-mean-error')).toBeNull();
  await start();
  for (const id of ['min-mean', 'min-calls', 'write-cost-limit', 'time-limit'])
    expect(screen.getByTestId(`${id}-error`)).toBeTruthy();
  expect(adviceStart).not.toHaveBeenCalled();
  await type('min-mean', '0.5');
  await type('min-calls', '1');
  await type('write-cost-limit', '12.5');
  await type('time-limit', '60');
  await fireEvent.click(screen.getByTestId('budget-none'));
  await start();
  expect(adviceStart.mock.lastCall?.[0].limits).toEqual({
    budget_bytes: 200 * 1024 ** 2,
    min_mean_ms: 0.5,
    min_calls: 1,
    max_write_cost: 0.125,
    seconds: 60,
  });
});

test('a file and pasted SQL hold no times: their filters give way and are not sent', async () => {
  const adviceStart = await opened();
  await fireEvent.click(screen.getByTestId('workload-kind-file'));
  expect(screen.queryByTestId('min-mean')).toBeNull();
  expect(said('no-filters')).toContain('no filter applies');
  await start();
  expect(screen.getByTestId('workload-path-error').textContent).toContain('Choose a file');
  await fireEvent.click(screen.getByTestId('workload-choose'));
  await waitFor(() =>
    expect(screen.getByTestId<HTMLInputElement>('workload-path').value).toBe('/home/dba/workload.sql'),
  );
  await fireEvent.click(screen.getByTestId('workload-kind-text'));
  expect(said('advice-dialog')).toContain('Paste one statement or more.');
  await type('workload-sql', 'SELECT 1;');
  await start();
  expect(adviceStart).toHaveBeenCalledWith(
    expect.objectContaining({
      workload: { type: 'text', sql: 'SELECT 1;' },
      limits: expect.objectContaining({ min_mean_ms: 0, min_calls: 0 }),
    }),
  );
});

test('pg_stat_statements needs a database; from now on needs seconds', async () => {
  const adviceStart = await opened();
  await fireEvent.click(screen.getByTestId('workload-kind-statements'));
  await choose('database', '');
  await start();
  expect(said('advice-dialog')).toContain('is read from a database: choose one');
  await choose('database', 'billing-db');
  await fireEvent.click(screen.getByTestId('fresh'));
  await type('fresh-seconds', '0');
  expect(screen.getByTestId('fresh-seconds-error')).toBeTruthy();
  await type('fresh-seconds', '30');
  await start();
  expect(adviceStart.mock.lastCall?.[0].workload).toEqual({ type: 'statements', seconds: 30 });
});

test('without source and replay it says what is missing', async () => {
  await opened('first-start');
  expect(said('advice-dialog')).toContain('No PostgreSQL is connected yet');
  expect(said('no-replays')).toContain('No log has been replayed yet');
});

test('a database that does not answer is told before it is asked', async () => {
  await opened('dead');
  expect(said('advice-dialog')).toContain('It does not answer at present');
});

test('a start that fails keeps the form and says why', async () => {
  const adviceStart = () => Promise.reject({ code: 'refused', message: 'Refused.', remedy: 'Check it.' });
  await open(IndexAdvicePage, 'leak', 'index-advice?add=yes', { adviceStart });
  await start();
  expect((await screen.findByTestId('start-problem')).textContent).toContain('Check it.');
  expect(screen.getByTestId<HTMLButtonElement>('advice-start').disabled).toBe(false);
});

test('what was asked for before survives the form', () => {
  const requests = [
    { source: 'a', workload: { type: 'statements' as const, seconds: 90 }, limits: LIMITS },
    {
      source: null,
      workload: { type: 'statements' as const, seconds: null },
      limits: { ...LIMITS, min_calls: 7 },
    },
    {
      source: null,
      workload: { type: 'file' as const, path: '/w.sql' },
      limits: { ...LIMITS, min_mean_ms: 0, min_calls: 0, max_write_cost: 0.125 },
    },
  ];
  for (const request of requests) expect(requestOf(fieldsFor(request, [], [], undefined))).toEqual(request);
  // Its filters do not stay off for another workload.
  const file = requests[2];
  if (!file) throw new Error('there is one');
  expect(fieldsFor(file, [], [], undefined).minCalls).toBe('5');
  expect(check(fieldsFor(null, [], [], undefined)).replay).toContain('Replay a log first');
  expect([ratioOf('25'), ratioOf('-1'), ratioOf(''), ratioOf('x')]).toEqual([0.25, null, null, null]);
});
