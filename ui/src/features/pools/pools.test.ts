// The Pools page in each of its states, and that it follows the polls.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { open } from '../../../test/open';
import { createMock } from '../../api/mock';
import { live } from '../../app/live.svelte';
import { timeWindow } from '../../app/timeRange.svelte';
import PoolsPage from './PoolsPage.svelte';
import { backendState, pathWords, sinceWords } from './pools.svelte';

test('a leak: which layer queues, the proof, the figures', async () => {
  await open(PoolsPage, 'leak', 'pools?source=panel-eu-1');
  const diagnosis = await screen.findByTestId('diagnosis');
  expect(diagnosis.dataset['severity']).toBe('critical');
  expect(diagnosis.textContent).toContain('The application’s pool queues, not PostgreSQL');
  expect(screen.getByTestId('diagnosis-sentence').textContent).not.toContain('**');
  expect(screen.getByTestId('now-waiting').dataset['value']).toBe('7');
  expect(screen.getByTestId('size').textContent).toContain('84 × 0.051');
  for (const layer of ['application', 'pgbouncer', 'postgres', 'acquire']) {
    expect(Number(screen.getByTestId(`chart-${layer}`).dataset['points'])).toBeGreaterThan(30);
  }
});

test('the sessions and the evidence open', async () => {
  await open(PoolsPage, 'leak', 'pools?source=panel-eu-1');
  await fireEvent.click(await screen.findByTestId('show-held'));
  expect(screen.getAllByTestId('held-row')).toHaveLength(6);
  await fireEvent.click(screen.getByTestId('show-evidence'));
  expect(screen.getByTestId('evidence').textContent).toContain('SHOW POOLS cl_waiting');
});

test('muting asks for how long, and then says so', async () => {
  const findingMute = vi.fn(() => Promise.resolve());
  await open(PoolsPage, 'leak', 'pools?source=panel-eu-1', { findingMute });
  await fireEvent.click(await screen.findByTestId('mute'));
  await fireEvent.click(screen.getByTestId('mute-for-day'));
  await fireEvent.click(screen.getByTestId('mute-confirm'));
  expect(findingMute).toHaveBeenCalledTimes(3);
  const [, until] = findingMute.mock.calls[0] as unknown as [string, number];
  expect(until - Date.now()).toBeGreaterThan(86_000_000);
});

test('a calm pool has no alarm and nothing to mute', async () => {
  await open(PoolsPage, 'calm', 'pools');
  expect((await screen.findByTestId('diagnosis')).dataset['severity']).toBe('ok');
  expect(screen.queryByTestId('mute')).toBeNull();
  expect(screen.queryByTestId('show-held')).toBeNull();
});

test('a dead layer says since when, and the current value is absent', async () => {
  await open(PoolsPage, 'dead', 'pools?source=panel-eu-1');
  const notes = await screen.findAllByTestId('layer-failing');
  expect(notes.map((note) => note.textContent).join()).toMatch(/last answered 4\d s ago/);
  expect(screen.getByTestId('layer-stopped').textContent).toContain('refused the password');
  expect(screen.getByTestId('now').textContent).toContain('Last known');
  expect(screen.getByTestId('held-longest').textContent).toContain('Not known while a layer does not answer');
});

test('a degraded layer shows the GRANT', async () => {
  await open(PoolsPage, 'degraded', 'pools');
  expect((await screen.findByTestId('layer-degraded')).textContent).toContain('GRANT pg_monitor TO console;');
});

test('nothing polled yet: charts say so instead of being empty', async () => {
  await open(PoolsPage, 'empty', 'pools');
  expect((await screen.findByTestId('chart-application')).textContent).toContain('No data');
});

test('loading, failing and having no source are states of their own', async () => {
  await open(PoolsPage, 'loading', 'pools');
  expect(screen.getByTestId('loading')).toBeTruthy();
  document.body.replaceChildren();
  await open(PoolsPage, 'error', 'pools');
  expect((await screen.findByTestId('page-problem')).textContent).toContain('could not be read');
  document.body.replaceChildren();
  await open(PoolsPage, 'first-start', 'pools');
  expect(await screen.findByTestId('no-pools')).toBeTruthy();
});

test('a poll fetches the page again, a zoom at once with its own window', async () => {
  const mock = createMock('calm');
  const poolsPage = vi.fn(mock.poolsPage);
  await open(PoolsPage, 'calm', 'pools', { poolsPage });
  await screen.findByTestId('diagnosis');
  const before = poolsPage.mock.calls.length;
  live.receive([{ type: 'polled', source: 'panel-eu-1', at: 1 }]);
  live.receive([{ type: 'polled', source: 'bouncer', at: 2 }]);
  await waitFor(() => expect(poolsPage).toHaveBeenCalledTimes(before + 1), { timeout: 3000 });
  timeWindow.zoomTo({ from: 1000, to: 61_000 });
  await waitFor(() => expect(poolsPage).toHaveBeenLastCalledWith(null, { from: 1000, to: 61_000 }));
});

test('words', () => {
  const layer = { state: { type: 'ok' } as const, source: 'x' };
  expect(
    pathWords([
      { ...layer, name: 'panel-eu-1', kind: 'mpanel', layer: 'application' },
      { ...layer, name: 'bouncer', kind: 'pgbouncer', layer: 'pgbouncer' },
      { ...layer, name: 'billing-db', kind: 'postgres', layer: 'postgres' },
    ]),
  ).toBe('panel-eu-1, through bouncer, to billing-db');
  expect(sinceWords('critical', 0, 361_000)).toBe('critical for 6 min');
  expect(sinceWords('ok', null, 0)).toBe('calm');
  expect(backendState('idle_in_transaction').text).toBe('idle in transaction');
});
