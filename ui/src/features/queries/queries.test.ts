// The statements of a replay: sorted, filtered, by the thousand, one of them in full; and every state without them.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { open } from '../../../test/open';
import { choose } from '../../../test/page';
import { createMock } from '../../api/mock';
import { location } from '../../app/location.svelte';
import { choices } from '../../shared/choices';
import QueriesPage from './QueriesPage.svelte';
import { cacheWords, columnsFor, leftOutWords, trendOf } from './queries.svelte';
import { share } from './share';

const rows = () => screen.getAllByTestId('query-row');
const texts = () => rows().map((row) => row.textContent ?? '');
const opened = async (scenario: 'leak' | 'many' = 'leak', place = 'queries?replay=7') => {
  await open(QueriesPage, scenario, place);
  await screen.findByTestId('queries');
};

test('statements that took most time come first; a head sorts by another figure', async () => {
  await opened();
  expect(texts()[0]).toContain('FROM orders WHERE customer_id');
  expect(texts()[0]).toContain('382,284');
  expect(screen.getByTestId('queries').textContent).toContain('140 statements');
  await fireEvent.click(screen.getByRole('button', { name: /Errors/ }));
  expect(texts()[0]).toContain('80');
  await fireEvent.click(screen.getByRole('button', { name: /Mean/ }));
  expect(texts()[0]).toMatch(/1\d ms/);
});

test('filters by words, verb and table', async () => {
  await opened();
  await fireEvent.input(screen.getByTestId('query-filter'), { target: { value: 'DNS_records' } });
  expect(rows()).toHaveLength(1);
  await fireEvent.input(screen.getByTestId('query-filter'), { target: { value: 'zzz' } });
  expect(screen.getByTestId('queries').textContent).toContain('No statement matches.');
  await fireEvent.input(screen.getByTestId('query-filter'), { target: { value: '' } });
  await choose('query-verb', 'INSERT');
  expect(rows()).toHaveLength(1);
  await choose('query-verb', '');
  await choose('query-table', 'plans');
  expect(texts()[0]).toContain('FROM plans');
});

test('a filter offers every name once, and no empty one', () => {
  expect(choices('All verbs', ['SELECT', '', 'INSERT', 'SELECT']).map(({ value }) => value)).toEqual([
    '',
    'INSERT',
    'SELECT',
  ]);
});

test('4,000 statements are not all drawn, and what is not listed is told', async () => {
  await opened('many');
  expect(screen.getByTestId('queries').textContent).toContain('4,000 statements');
  expect(rows().length).toBeLessThan(60);
  expect(screen.getByTestId('left-out').textContent).toBe('Not listed: 1,204 statements with 18,411 calls.');
});

test('a row opens its detail at the side, Esc closes it', async () => {
  const writeText = vi.fn(async (_text: string) => {});
  Object.defineProperty(navigator, 'clipboard', { value: { writeText }, configurable: true });
  await opened();
  expect(screen.queryByTestId('query-detail')).toBeNull();
  await fireEvent.click(rows()[0] as HTMLElement);
  expect(location.place.params).toEqual({ replay: '7', query: rows()[0]?.dataset['row'] });
  const figures = screen.getByTestId('query-figures').textContent ?? '';
  for (const label of ['p50', 'p95', 'p99', 'Max', 'Share of time']) expect(figures).toContain(label);
  expect(screen.getByTestId('chart-calls').dataset['points']).toBe('96');
  expect(screen.getByTestId('chart-mean').dataset['points']).toBe('96');
  const cache = screen.getByTestId('cache-forecast').textContent ?? '';
  for (const part of ['1 min', '10 min', '1 h', '83%']) expect(cache).toContain(part);
  expect(screen.getByTestId('coalescing').textContent).toContain('began while the same one ran');
  expect(screen.getByTestId('plan').textContent).toContain('Index Scan Backward');
  expect(screen.getByTestId('to-pattern').getAttribute('href')).toContain('pattern=');
  await fireEvent.click(screen.getByTestId('copy-statement'));
  await waitFor(() => expect(screen.getByTestId('copy-statement').textContent).toContain('Copied'));
  expect(writeText).toHaveBeenCalledWith('SELECT * FROM orders WHERE customer_id = $1');
  await fireEvent.keyDown(window, { key: 'Escape' });
  expect(screen.queryByTestId('query-detail')).toBeNull();
  expect(location.place.params).toEqual({ replay: '7' });
});

test('writes are not cached, errors are told, and what was not measured is absent, not zero', async () => {
  await opened();
  await choose('query-verb', 'INSERT');
  await fireEvent.click(rows()[0] as HTMLElement);
  expect(screen.getByTestId('cache-forecast').textContent).toContain('Not worth caching: It writes.');
  expect(screen.getByTestId('coalescing').textContent).toContain('would save nothing');
  await choose('query-verb', '');
  await fireEvent.input(screen.getByTestId('query-filter'), { target: { value: 'dns_records' } });
  await fireEvent.click(rows()[0] as HTMLElement);
  expect(screen.getByTestId('last-error').textContent).toContain('57014');
  await fireEvent.input(screen.getByTestId('query-filter'), { target: { value: 'mailboxes' } });
  expect(texts()[0]).toContain('–');
  await fireEvent.click(rows()[0] as HTMLElement);
  expect(screen.getByTestId('query-detail').textContent).toContain('holds no durations');
  expect(screen.queryByTestId('chart-mean')).toBeNull();
});

test('the address opens a statement of the replay that it names', async () => {
  const report = await createMock('leak').replayReport('6');
  const query = report.queries[2]?.fingerprint ?? '';
  await opened('leak', `queries?replay=6&query=${query}`);
  expect(screen.getByTestId('query-statement').textContent).toBe(report.queries[2]?.statement);
  await choose('queries-choice', 'replay:7');
  expect(location.place).toEqual({ page: 'queries', params: { replay: '7' } });
});

test('no replay, no statement, partial, loading and failing', async () => {
  await open(QueriesPage, 'first-start', 'queries');
  expect(screen.getByTestId('no-queries-yet').textContent).toContain('which statements take the time');
  document.body.replaceChildren();
  const report = await createMock('calm').replayReport('7');
  await open(QueriesPage, 'calm', 'queries?replay=7', {
    replayReport: async () => ({ ...report, queries: [] }),
  });
  expect((await screen.findByTestId('no-queries')).textContent).toContain('log_min_duration_statement = 0');
  document.body.replaceChildren();
  await open(QueriesPage, 'partial', 'queries?replay=8');
  expect(await screen.findByTestId('partial')).toBeTruthy();
  document.body.replaceChildren();
  await open(QueriesPage, 'leak', 'queries?replay=99');
  expect(screen.getByTestId('replay-gone')).toBeTruthy();
  document.body.replaceChildren();
  await open(QueriesPage, 'loading', 'queries?replay=7');
  expect(screen.getByTestId('loading')).toBeTruthy();
  document.body.replaceChildren();
  await open(QueriesPage, 'error', 'queries?replay=7');
  expect((await screen.findByTestId('page-problem')).textContent).toContain('Check the disk');
});

test('where there is little room, columns give way in an order', () => {
  const keys = (width: number) => columnsFor(width).map(({ key }) => key);
  expect(keys(0)).toHaveLength(10);
  expect(keys(1200)).toHaveLength(10);
  expect(keys(850)).not.toContain('trend');
  expect(keys(500)).toEqual(['statement', 'calls', 'total', 'mean', 'p95']);
});

test('a step without calls has no mean', () => {
  const trend = { from: 1000, step_ms: 60_000, calls: [2, 0, 4], total_ms: [10, 0, 2] };
  const { calls, mean } = trendOf(trend, null);
  expect(calls.times).toEqual([1000, 61_000, 121_000]);
  expect(calls.range).toEqual({ from: 1000, to: 181_000 });
  expect(mean.series[0]?.values).toEqual([5, null, 0.5]);
  expect(trendOf(trend, { from: 5, to: 6 }).mean.range).toEqual({ from: 5, to: 6 });
});

test('words', () => {
  expect([share(0), share(0.0004), share(0.364)]).toEqual(['0%', '< 0.1%', '36%']);
  expect(leftOutWords(0, 0)).toBeNull();
  expect(leftOutWords(1, 1)).toBe('Not listed: 1 statement with 1 call.');
  expect(cacheWords({ type: 'not_cacheable', reason: 'It locks rows.' })).toBe(
    'Not worth caching: It locks rows.',
  );
});
