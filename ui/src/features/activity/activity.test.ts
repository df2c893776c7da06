// The Activity page in each of its states: the present and the past, trees, signals, what is missing.
import { fireEvent, screen, waitFor, within } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { open } from '../../../test/open';
import { rowWith, said, type } from '../../../test/page';
import type { ActivityMoment } from '../../api/generated/ActivityMoment';
import type { Host } from '../../api/host';
import { createMock } from '../../api/mock';
import type { Scenario } from '../../api/fixtures/scenario';
import { live } from '../../app/live.svelte';
import { location } from '../../app/location.svelte';
import ActivityPage from './ActivityPage.svelte';

async function openActivity(scenario: Scenario, params = '', overrides: Partial<Host> = {}): Promise<Host> {
  const host = await open(ActivityPage, scenario, `activity?source=billing-db${params}`, overrides);
  await screen.findByTestId('activity-chart');
  return host;
}
const rows = (id: string) => screen.getAllByTestId(id).map(({ dataset }) => dataset['row']);
const button = (id: string) => screen.getByTestId<HTMLButtonElement>(id);
const sampled = () => live.receive([{ type: 'activity_sampled', source: 'billing-db', at: Date.now() }]);

test('a chain: the root is told and selected first, with what ends it', async () => {
  await openActivity('leak');
  expect(said('waiting')).toBe('6 waiting behind 1');
  expect(rows('blocking-row')).toEqual(['4182', '4201', '4219', '4220', '4233', '4251', '4252']);
  expect(rowWith('blocking-row', '4233').textContent).toContain('every query on public.invoices now waits');
  expect(said('session-detail')).toContain('UPDATE invoices SET status = $1 WHERE id = $2');
  expect(said('remedy')).toContain('only the end of the session ends the transaction');
  expect(said('prevention')).toContain('idle_in_transaction_session_timeout');
  expect(screen.queryByTestId('signal-cancel')).toBeNull();
});

test('arrows close and open a tree, and go up; a click tells of whoever waits', async () => {
  await openActivity('leak', '&view=blocking');
  const row = (pid: string) => rowWith('blocking-row', pid);
  await fireEvent.keyDown(row('4201'), { key: 'ArrowLeft' });
  expect(rows('blocking-row')).toEqual(['4182', '4201', '4233', '4251', '4252']);
  expect(row('4201').getAttribute('aria-expanded')).toBe('false');
  expect(row('4201').getAttribute('aria-level')).toBe('2');
  await fireEvent.keyDown(row('4201'), { key: 'ArrowRight' });
  expect(rows('blocking-row')).toContain('4219');
  await fireEvent.click(row('4219'));
  expect(said('session-detail')).toContain('pid 4219');
  expect(said('what-to-do')).toContain('gives up its place in the queue');
  await fireEvent.click(screen.getByTestId('behind'));
  expect(said('session-detail')).toContain('pid 4201');
  await fireEvent.click(screen.getByTestId('to-root'));
  expect(said('session-detail')).toContain('pid 4182');
});

test('ending a session asks for its pid, says what it costs, and tells what became of it', async () => {
  const host = createMock('leak');
  const sendSignal = vi.fn(host.sendSignal);
  await openActivity('leak', '&view=blocking', { ...host, sendSignal });
  expect(button('signal-terminate').textContent).toContain('End session 4182…');
  await fireEvent.click(button('signal-terminate'));
  expect(said('signal-cost')).toContain('What it has written is rolled back. 6 sessions can go on then.');
  expect(screen.getByText('Type the pid of the session, 4182, to go on')).toBeTruthy();
  await type('signal-name', '4183');
  expect(button('signal-confirm').disabled).toBe(true);
  expect(said('signal-name-error')).toContain('not the pid');
  await type('signal-name', '4182');
  await fireEvent.click(button('signal-confirm'));
  expect(sendSignal).toHaveBeenCalledWith({
    source: 'billing-db',
    pid: 4182,
    started: '17004182000000',
    signal: 'terminate',
    typed: '4182',
  });
  expect((await screen.findByTestId('signal-outcome')).textContent).toContain('Session 4182 was told to end');
  expect(screen.queryByTestId('signal-dialog')).toBeNull();
  await screen.findByTestId('nobody-waits');
});

test('a session that had ended before, and one that may not be signalled, are told', async () => {
  const sendSignal = vi.fn(async () => 'gone' as const);
  await openActivity('leak', '&view=blocking', { sendSignal });
  await fireEvent.click(button('signal-terminate'));
  await type('signal-name', '4182');
  await fireEvent.click(button('signal-confirm'));
  expect((await screen.findByTestId('signal-outcome')).textContent).toContain('had ended before');
  document.body.replaceChildren();
  await openActivity('leak', '&view=blocking&pid=4233');
  expect(button('signal-cancel').textContent).toContain('Cancel statement…');
  await fireEvent.click(button('signal-cancel'));
  expect(said('signal-cost')).toContain('The session stays. 2 sessions can go on then.');
  await type('signal-name', '4233');
  await fireEvent.click(button('signal-confirm'));
  expect((await screen.findByTestId('signal-problem')).textContent).toContain('GRANT pg_signal_backend');
  expect(screen.queryByTestId('signal-outcome')).toBeNull();
});

test('where signals are not allowed it says where they are; the SQL can be copied all the same', async () => {
  await openActivity('no-signals', '&view=blocking');
  expect(button('signal-terminate').disabled).toBe(true);
  expect(said('signal-obstacle')).toContain('billing-db does not allow');
  const link = within(screen.getByTestId('signal-obstacle')).getByRole('link');
  expect(link.getAttribute('href')).toBe('#/sources?source=billing-db&edit=yes');
  expect(button('copy-sql').disabled).toBe(false);
});

test('the past: fetched as it was, told so, nothing can be sent, and back to live', async () => {
  const host = createMock('leak');
  const activityMoment = vi.fn(host.activityMoment);
  await openActivity('leak', '&view=blocking', { ...host, activityMoment });
  const line = () => screen.getByTestId('scrubber');
  await fireEvent.keyDown(line(), { key: 'ArrowLeft', shiftKey: true });
  await waitFor(() => expect(activityMoment.mock.lastCall?.[1]).not.toBeNull());
  for (let i = 0; i < 3; i += 1) await fireEvent.keyDown(line(), { key: 'PageDown' });
  await waitFor(() => expect(said('blocking')).toContain('as it was at'));
  const at = Number(line().dataset['at']);
  expect(at % 1000).toBe(0);
  await waitFor(() => expect(activityMoment).toHaveBeenLastCalledWith('billing-db', at + 999, false));
  await waitFor(() => expect(rows('blocking-row')).not.toContain('4252'));
  expect(button('signal-terminate').disabled).toBe(true);
  expect(said('signal-obstacle')).toMatch(/This was \d\d:\d\d:\d\d; go back to live to act/);
  const calls = activityMoment.mock.calls.length;
  sampled();
  await new Promise((settled) => setTimeout(settled, 20));
  expect(activityMoment.mock.calls.length).toBe(calls);
  await fireEvent.click(button('back-to-live'));
  await waitFor(() => expect(rows('blocking-row')).toContain('4252'));
  expect(screen.queryByTestId('back-to-live')).toBeNull();
  expect(button('signal-terminate').disabled).toBe(false);
});

test('while it is dragged only the newest of the moments asked for follows the one in flight', async () => {
  const host = createMock('leak');
  const waiting: ((moment: ActivityMoment | null) => void)[] = [];
  const activityMoment = vi.fn((source: string, at: number | null, idle: boolean) =>
    at === null
      ? host.activityMoment(source, at, idle)
      : new Promise<ActivityMoment | null>((answer) => waiting.push(answer)),
  );
  await openActivity('leak', '&view=blocking', { ...host, activityMoment });
  await screen.findByTestId('blocking');
  for (let i = 0; i < 6; i += 1)
    await fireEvent.keyDown(screen.getByTestId('scrubber'), { key: 'ArrowLeft' });
  expect(waiting).toHaveLength(1);
  waiting[0]?.(null);
  await waitFor(() => expect(waiting).toHaveLength(2));
  expect(activityMoment.mock.lastCall?.[1]).toBe(Number(screen.getByTestId('scrubber').dataset['at']) + 999);
});

test('a sample is fetched when it comes, of the shown server only, and not while the window is hidden', async () => {
  const host = createMock('calm');
  const activityMoment = vi.fn(host.activityMoment);
  await openActivity('calm', '', { ...host, activityMoment });
  await screen.findByTestId('sessions');
  const calls = () => activityMoment.mock.calls.length;
  const before = calls();
  live.receive([{ type: 'activity_sampled', source: 'another', at: Date.now() }]);
  const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
  sampled();
  await new Promise((settled) => setTimeout(settled, 1100));
  expect(calls()).toBe(before);
  hidden.mockReturnValue(false);
  document.dispatchEvent(new Event('visibilitychange'));
  await waitFor(() => expect(calls()).toBe(before + 1), { timeout: 3000 });
  sampled();
  sampled();
  sampled();
  await waitFor(() => expect(calls()).toBe(before + 2), { timeout: 3000 });
});

test('a gap says so, and what the recorder holds', async () => {
  await openActivity('gap', `&view=blocking&at=${Math.floor(Date.now() / 1000) * 1000 - 160_000}`);
  expect(said('no-moment')).toContain('Nothing was recorded at');
  expect(said('no-moment')).toContain('A gap');
  await fireEvent.click(screen.getByTestId('gap-live'));
  await screen.findByTestId('blocking');
});

test('a deadlock, a second blocker, and a prepared transaction that only SQL ends', async () => {
  await openActivity('deadlock', '&view=blocking');
  expect(said('waiting')).toBe('5 waiting behind 2');
  expect(rowWith('blocking-row', '5101').textContent).toContain('deadlock');
  expect(rowWith('blocking-row', '5107').textContent).toContain('waits for 5101 as well');
  expect(said('remedy')).toContain('wait for each other');
  expect(screen.queryByTestId('signal-terminate')).toBeNull();
  await fireEvent.click(rowWith('blocking-row', 'invoice_2pc_77'));
  expect(said('holder-detail')).toContain('prepared transaction');
  expect(said('what-to-do')).toContain("ROLLBACK PREPARED 'invoice_2pc_77';");
  expect(screen.queryByTestId('signal-terminate')).toBeNull();
});

test('sessions: filtered, grouped, idle ones on request, opened, and kept while the page moves on', async () => {
  const host = await openActivity('leak', '&view=sessions');
  await host.onEvents((events) => live.receive(events));
  expect(screen.queryByTestId('detail')).toBeNull();
  await type('session-filter', 'panel-us-1');
  await waitFor(() => expect(said('session-count')).toMatch(/^\d+ of \d+ sessions$/));
  expect(screen.getAllByTestId('session-row').every((row) => row.textContent?.includes('panel-us-1'))).toBe(
    true,
  );
  await type('session-filter', '4220');
  await fireEvent.click(rowWith('session-row', '4220'));
  expect(said('session-detail')).toContain('pid 4220');
  sampled();
  await waitFor(() => expect(said('session-detail')).toContain('pid 4220'));
  await fireEvent.keyDown(window, { key: 'Escape' });
  expect(screen.queryByTestId('detail')).toBeNull();
  await type('session-filter', '');
  await fireEvent.click(screen.getByTestId('session-idle'));
  await waitFor(() => expect(screen.getAllByTestId('session-row').length).toBeGreaterThan(30));
  await fireEvent.change(screen.getByTestId('session-group'), { target: { value: 'application' } });
  const group = rowWith('session-row', 'invoice-export');
  expect(group.getAttribute('aria-expanded')).toBe('false');
  await fireEvent.keyDown(group, { key: 'ArrowRight' });
  expect(rowWith('session-row', '4182').getAttribute('aria-level')).toBe('2');
});

test('a session that has ended is told instead of another one', async () => {
  await openActivity('leak', '&view=sessions&pid=77');
  expect((await screen.findByTestId('selected-gone')).textContent).toContain('Session 77 has ended');
});

test('the horizon: every holder with its age, and the SQL that frees it', async () => {
  await openActivity('leak', '&view=xmin');
  expect(screen.getAllByTestId('horizon-row')).toHaveLength(4);
  expect(said('what-to-do')).toContain("pg_drop_replication_slot('standby_eu_2')");
  await fireEvent.click(rowWith('horizon-row', '4182'));
  expect(said('session-detail')).toContain('pid 4182');
  expect(button('signal-terminate').disabled).toBe(false);
});

test('the top: by any dimension, and from a row to its sessions', async () => {
  await openActivity('leak', '&view=top');
  expect(rowWith('top-row', 'Lock: relation').textContent).toContain('%');
  await fireEvent.click(screen.getByTestId('top-by-application'));
  await fireEvent.click(within(rowWith('top-row', 'invoice-export')).getByRole('button'));
  expect(location.place.params['view']).toBe('sessions');
  expect(said('session-only')).toContain('Application: invoice-export');
  expect(
    screen.getAllByTestId('session-row').every((row) => row.textContent?.includes('invoice-export')),
  ).toBe(true);
  await fireEvent.click(screen.getByTestId('session-only'));
  expect(screen.queryByTestId('session-only')).toBeNull();
});

test('three hundred waiting and two thousand idle: all counted, few drawn', async () => {
  await openActivity('many', '&view=blocking');
  expect(said('waiting')).toMatch(/^299 waiting behind 1$/);
  location.go('activity', { source: 'billing-db', view: 'sessions' });
  await fireEvent.click(await screen.findByTestId('session-idle'));
  await waitFor(() => expect(said('session-count')).toMatch(/^2,\d{3} sessions$/));
  expect(screen.getAllByTestId('session-row').length).toBeLessThan(80);
});

test('a plain role: the GRANT, hidden is not idle, and nothing is said of what is not known', async () => {
  await openActivity('degraded');
  expect(said('server-lacks')).toContain('GRANT pg_read_all_stats TO console;');
  expect(screen.getAllByTestId('session-row').every((row) => row.textContent?.includes('hidden'))).toBe(true);
  expect(said('sessions')).not.toContain('0 idle');
  location.go('activity', { source: 'billing-db', view: 'blocking' });
  expect((await screen.findByTestId('nobody-waits')).textContent).toContain('is not known');
});

test('a dead server: why, what was seen last, and no signal', async () => {
  await openActivity('dead', '&view=blocking');
  expect(said('server-problem')).toContain('refused the connection');
  expect(said('blocking')).toMatch(/as it was 4\d s ago/);
  expect(button('signal-terminate').disabled).toBe(true);
  expect(said('signal-obstacle')).toContain('billing-db does not answer');
});

test('no look yet, no server, loading and failing are states of their own', async () => {
  await openActivity('empty');
  expect(said('no-moment')).toContain('No session has been looked at yet');
  expect(screen.getByTestId('chart-activity').textContent).toContain('No session has been counted');
  document.body.replaceChildren();
  await open(ActivityPage, 'first-start', 'activity');
  await fireEvent.click(await screen.findByTestId('add-server'));
  expect(location.place).toEqual({ page: 'sources', params: { add: 'yes' } });
  document.body.replaceChildren();
  await open(ActivityPage, 'loading', 'activity');
  expect(screen.getByTestId('loading')).toBeTruthy();
  document.body.replaceChildren();
  await open(ActivityPage, 'error', 'activity');
  expect((await screen.findByTestId('page-problem')).textContent).toContain('could not be read');
});
