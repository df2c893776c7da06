// The Health page: checks worst first, one of them in full, what the console itself costs, and every state.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { open } from '../../../test/open';
import { said } from '../../../test/page';
import { healthChecks } from '../../api/fixtures/healthChecks';
import type { Scenario } from '../../api/fixtures/scenario';
import { createMock } from '../../api/mock';
import { live } from '../../app/live.svelte';
import { location } from '../../app/location.svelte';
import { healthCodeOf } from './findings';
import { coreWords, groupsOf, lookedWords, shownCheck } from './health.svelte';
import HealthPage from './HealthPage.svelte';
import { ownColumns } from './ownColumns';

const checks = () => screen.getAllByTestId('check');

async function opened(scenario: Scenario = 'leak', place = 'health', overrides = {}) {
  await open(HealthPage, scenario, place, overrides);
  await screen.findByTestId('checks');
}

test('the worst is shown first, in full, with SQL that is copied and never run', async () => {
  const writeText = vi.fn(async (_text: string) => {});
  Object.defineProperty(navigator, 'clipboard', { value: { writeText }, configurable: true });
  await opened();
  expect(said('checks')).toContain('3 of 22 need attention, 1 could not be looked at');
  expect(checks()[0]?.textContent).toContain('Replication slots');
  expect(said('check-detail')).toContain('keeps 214 GB of WAL');
  expect(said('check-detail')).toContain('Why it matters');
  await fireEvent.click(screen.getByTestId('copy-sql'));
  expect(writeText).toHaveBeenCalledWith("SELECT pg_drop_replication_slot('debezium_old');");
  expect(said('check-items')).toContain('standby_us');
  for (let i = 0; i < 4; i += 1) {
    expect(Number(screen.getByTestId(`health-chart-${i}`).dataset['points'])).toBeGreaterThan(30);
  }
});

test('arrows move over the groups, and the address names the check', async () => {
  await opened();
  const first = checks()[0] as HTMLElement;
  await fireEvent.keyDown(first, { key: 'ArrowDown' });
  expect(location.place.params).toEqual({ source: 'billing-db', check: 'connections' });
  expect(said('check-detail')).toContain('78 of 97 connections');
  await fireEvent.keyDown(checks()[1] as HTMLElement, { key: 'End' });
  expect(location.place.params['check']).toBe('extensions');
});

test('what could not be looked at says which GRANT mends it', async () => {
  await opened('degraded', 'health?check=index_bloat');
  expect(screen.getByTestId('group-unseen').textContent).toContain('Replication lag');
  expect(said('check-sql')).toBe('GRANT pg_stat_scan_tables TO console;');
  expect(said('server-lacks')).toContain('GRANT pg_monitor TO console;');
});

test('checking now asks the engine and shows what it found', async () => {
  const mock = createMock('leak');
  const checkHealthNow = vi.fn(mock.checkHealthNow);
  const healthPage = vi.fn(mock.healthPage);
  await opened('leak', 'health', { checkHealthNow, healthPage });
  expect(said('looked')).toMatch(/looked at 1\d s ago/);
  const before = healthPage.mock.calls.length;
  await fireEvent.click(screen.getByTestId('check-now'));
  expect(checkHealthNow).toHaveBeenCalledWith('billing-db');
  await waitFor(() => expect(healthPage.mock.calls.length).toBeGreaterThan(before));
  await waitFor(() => expect(said('looked')).toContain('just now'));
});

test('what a new reading found is shown when it is there; polls alone bring nothing', async () => {
  const mock = createMock('leak');
  const healthPage = vi.fn(mock.healthPage);
  await opened('leak', 'health', { healthPage });
  const event = { source: 'billing-db', at: Date.now() };
  vi.useFakeTimers();
  try {
    const asked = healthPage.mock.calls.length;
    live.receive([{ type: 'polled', ...event }]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(healthPage.mock.calls.length).toBe(asked);
    live.receive([{ type: 'health_read', ...event }]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(healthPage.mock.calls.length).toBe(asked + 1);
  } finally {
    vi.useRealTimers();
  }
});

test('a check that is refused says why', async () => {
  const checkHealthNow = () =>
    Promise.reject({ code: 'timeout', message: 'It took too long.', remedy: null });
  await opened('leak', 'health', { checkHealthNow });
  await fireEvent.click(screen.getByTestId('check-now'));
  expect((await screen.findByTestId('check-problem')).textContent).toContain('It took too long.');
});

test('where nothing asks for someone, no check is thrust upon anyone', async () => {
  await opened('calm');
  expect(said('checks')).toContain('None of 16 need attention');
  expect(screen.queryByTestId('check-detail')).toBeNull();
  expect(screen.getByTestId('health-charts')).toBeTruthy();
});

test('1,500 objects: the worst are listed, the others counted', async () => {
  await opened('many', 'health?check=dead_tuples');
  expect(said('check-items')).toContain('1,500 objects');
  expect(said('items-left-out')).toBe('Not listed: 1,450 objects less bad.');
});

test('what the console costs: head figures, every query, its SQL on demand', async () => {
  await open(HealthPage, 'gaps', 'health');
  await fireEvent.click(screen.getByTestId('health-view-cost'));
  await screen.findByTestId('own-queries');
  expect(said('own-core')).toContain('0.22%');
  expect(said('own-errors')).toContain('3');
  const row = screen.getAllByTestId('own-query')[0] as HTMLElement;
  expect(row.textContent).toContain('activity.sessions');
  await fireEvent.click(row);
  expect(said('own-sql')).toContain('FROM pg_stat_activity');
  expect(location.place.params['query']).toBe('activity.sessions');
  await fireEvent.keyDown(window, { key: 'Escape' });
  expect(screen.queryByTestId('own-query-detail')).toBeNull();
});

test('without pg_stat_statements the time on the server is absent, not zero', async () => {
  await open(HealthPage, 'no-extension', 'health?view=cost');
  await screen.findByTestId('own-queries');
  expect(said('own-core')).toContain('–');
  expect(said('server-lacks')).toContain('CREATE EXTENSION pg_stat_statements;');
});

test('no server, nothing looked at, loading, failing, dead and gone', async () => {
  await open(HealthPage, 'first-start', 'health');
  expect(screen.getByTestId('no-servers')).toBeTruthy();
  document.body.replaceChildren();
  await open(HealthPage, 'empty', 'health');
  expect(await screen.findByTestId('not-checked')).toBeTruthy();
  document.body.replaceChildren();
  await open(HealthPage, 'loading', 'health');
  expect(screen.getByTestId('loading')).toBeTruthy();
  document.body.replaceChildren();
  await open(HealthPage, 'error', 'health');
  expect((await screen.findByTestId('page-problem')).textContent).toContain('could not be read');
  document.body.replaceChildren();
  await open(HealthPage, 'dead', 'health');
  expect((await screen.findByTestId('server-problem')).textContent).toMatch(/last answered 4\d s ago/);
  document.body.replaceChildren();
  await open(HealthPage, 'leak', 'health?source=nowhere');
  expect(screen.getByTestId('server-gone')).toBeTruthy();
});

test('groups, the check that is shown, and words', () => {
  const all = healthChecks('leak');
  expect(groupsOf(all.toReversed()).map(({ key }) => key)).toEqual([
    'critical',
    'warning',
    'info',
    'unseen',
    'ok',
  ]);
  expect(groupsOf(all)[1]?.checks.map(({ area }) => area)).toEqual(['connections', 'vacuum']);
  expect(shownCheck(all, undefined)?.code).toBe('replication_slots');
  expect(shownCheck(all, 'archiving')?.code).toBe('archiving');
  expect(shownCheck(healthChecks('calm'), undefined)).toBeNull();
  expect(lookedWords(0, 12_000)).toBe('looked at 12 s ago');
  expect(lookedWords(0, 400_000)).toBe('looked at 6 min ago');
  expect(lookedWords(null, 0)).toBe('not looked at yet');
  expect([healthCodeOf({ check: 'sequence_near_end' }), healthCodeOf({ check: 'pool_leak' })]).toEqual([
    'sequences',
    null,
  ]);
  expect(coreWords(0.00216)).toBe('0.22%');
  expect(ownColumns(true).map(({ key }) => key)).toEqual(['name', 'mean', 'server']);
});
