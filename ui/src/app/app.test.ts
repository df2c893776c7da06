// The shell: navigation with counts, palette, shortcuts, notices, and a host that does not answer.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { open } from '../../test/open';
import type { Host } from '../api/host';
import { createMock } from '../api/mock';
import App from './App.svelte';
import { closeOverlay } from './overlay.svelte';
import { live } from './live.svelte';
import { hrefOf, parsePlace } from './location.svelte';

test('only pages that exist are shown, in groups that have any, with what needs attention', async () => {
  await open(App, 'leak', 'overview');
  await waitFor(() => expect(screen.getByTestId('badge-alerts').textContent).toBe('3'));
  expect(screen.getByTestId('badge-pools').dataset['tone']).toBe('critical');
  expect(screen.getAllByRole('heading', { level: 2 }).map((group) => group.textContent)).toEqual([
    'Watch',
    'Analyse',
    'Manage',
  ]);
  expect(screen.getByTestId('badge-n-plus-one').textContent).toBe('12');
  expect(screen.getByTestId('console-status').textContent).toMatch(/6 of 6 sources polled/);
  expect(screen.getByTestId('console-status').textContent).toContain('History 41 MB, 30 days');
});

test('Ctrl+K finds a source and Enter goes there', async () => {
  await open(App, 'calm', 'overview');
  await fireEvent.keyDown(window, { key: 'k', ctrlKey: true });
  const input = screen.getByTestId('palette-input');
  await fireEvent.input(input, { target: { value: 'pool of panel-eu-2' } });
  await fireEvent.keyDown(input, { key: 'Enter' });
  await waitFor(() => expect(screen.getByTestId('page-pools')).toBeTruthy());
  expect(window.location.hash).toBe('#/pools?source=panel-eu-2');
  closeOverlay();
});

test('g then s goes to Sources; ? lists the keys', async () => {
  await open(App, 'calm', 'overview');
  await fireEvent.keyDown(window, { key: 'g' });
  await fireEvent.keyDown(window, { key: 's' });
  expect(screen.getByTestId('page-sources')).toBeTruthy();
  await fireEvent.keyDown(window, { key: '?' });
  expect(screen.getByTestId('shortcuts').textContent).toContain('Go to Pools');
  expect(screen.getByTestId('shortcuts').textContent).toContain('tick the row');
  closeOverlay();
});

test('a history that cannot be written, and what was set aside, are told on every page', async () => {
  await open(App, 'history', 'settings');
  expect((await screen.findByTestId('history-problem')).textContent).toContain('212 ticks wait in memory');
  await fireEvent.click(screen.getByText('Dismiss'));
  expect(screen.queryByTestId('history-notice')).toBeNull();
});

test('when no source answers, the network is suspected first', async () => {
  await open(App, 'offline', 'overview');
  expect((await screen.findByTestId('offline')).textContent).toContain('network');
});

test('a host that does not answer is said, with a way to try again', async () => {
  const refused = () => Promise.reject({ code: 'internal', message: 'The engine is gone.', remedy: null });
  await open(App, 'calm', 'overview', { settingsGet: refused });
  expect((await screen.findByTestId('engine-problem')).textContent).toContain('The engine is gone.');
});

test('a page that cannot be drawn says so, and the others go on', async () => {
  const replayReport: Host['replayReport'] = async (id) => {
    const report = await createMock('leak').replayReport(id);
    // Nothing that the engine sends has two rows of one fingerprint: this cannot be drawn.
    return { ...report, queries: report.queries.slice(0, 1).flatMap((query) => [query, query]) };
  };
  await open(App, 'leak', 'queries?replay=7', { replayReport });
  expect((await screen.findByTestId('page-failed')).textContent).toContain('could not be drawn');
  await fireEvent.click(screen.getByTestId('nav-sources'));
  await waitFor(() => expect(screen.queryByTestId('page-failed')).toBeNull());
  expect(screen.getByTestId('page-sources')).toBeTruthy();
});

test('events change what the window knows', async () => {
  await open(App, 'calm', 'overview');
  const first = live.sources?.[0];
  if (!first) throw new Error('the scenario has sources');
  live.receive([
    { type: 'source_changed', status: { ...first, state: { type: 'disabled' } } },
    { type: 'source_removed', source: 'bouncer' },
  ]);
  expect(live.sources?.find((source) => source.config.id === first.config.id)?.state.type).toBe('disabled');
  expect(live.sources?.some((source) => source.config.id === 'bouncer')).toBe(false);
});

test('replays come, change and go by event; the newest one’s patterns are counted', async () => {
  const replaysList = vi.fn(createMock('calm').replaysList);
  await open(App, 'calm', 'overview', { replaysList });
  // The window reads everything once more when it opens; what is told meanwhile is not lost by that.
  await waitFor(() => expect(replaysList).toHaveBeenCalledTimes(2));
  const first = live.replays?.[0];
  if (!first?.totals) throw new Error('the scenario has a replay');
  expect(screen.queryByTestId('badge-n-plus-one')).toBeNull();
  live.receive([
    { type: 'replay_changed', replay: { ...first, id: '9', totals: { ...first.totals, patterns: 3 } } },
  ]);
  await waitFor(() => expect(screen.getByTestId('badge-n-plus-one').textContent).toBe('3'));
  expect(live.replays?.map(({ id }) => id)).toEqual(['9', '7']);
  const reading = { bytes_read: 1, bytes_total: 2, statements: 0, bytes_per_second: 1, seconds_left: 1 };
  live.receive([
    {
      type: 'replay_changed',
      replay: { ...first, id: '9', totals: null, state: { type: 'running', progress: reading } },
    },
  ]);
  await waitFor(() => expect(screen.queryByTestId('badge-n-plus-one')).toBeNull());
  live.receive([{ type: 'replay_removed', replay: '9' }]);
  expect(live.replays?.map(({ id }) => id)).toEqual(['7']);
});

test('advice comes, changes and goes by event; its suggestions are counted', async () => {
  const adviceList = vi.fn(createMock('calm').adviceList);
  await open(App, 'calm', 'overview', { adviceList });
  await waitFor(() => expect(adviceList).toHaveBeenCalledTimes(2));
  const first = live.advices?.[0];
  if (!first?.totals) throw new Error('the scenario has advice');
  expect(screen.queryByTestId('badge-index-advice')).toBeNull();
  const totals = { ...first.totals, create: 5 };
  live.receive([{ type: 'advice_changed', advice: { ...first, id: '99', totals } }]);
  await waitFor(() => expect(screen.getByTestId('badge-index-advice').textContent).toBe('5'));
  expect(screen.getByTestId('badge-index-advice').dataset['tone']).toBe('none');
  live.receive([
    { type: 'advice_changed', advice: { ...first, id: '99', totals: { ...totals, create: 6 } } },
  ]);
  await waitFor(() => expect(screen.getByTestId('badge-index-advice').textContent).toBe('6'));
  live.receive([{ type: 'advice_removed', advice: '99' }]);
  expect(live.advices?.map(({ id }) => id)).toEqual([first.id]);
});

test('the palette reaches what a replay found, and the way to replay a log', async () => {
  await open(App, 'leak', 'overview');
  const type = async (value: string) => {
    await fireEvent.keyDown(window, { key: 'k', ctrlKey: true });
    const input = screen.getByTestId('palette-input');
    await fireEvent.input(input, { target: { value } });
    await fireEvent.keyDown(input, { key: 'Enter' });
  };
  await type('n+1 findings of api-2026-11-21');
  await waitFor(() => expect(window.location.hash).toBe('#/n-plus-one?replay=6'));
  closeOverlay();
  await type('replay a log');
  await waitFor(() => expect(window.location.hash).toBe('#/replay?add=yes'));
  closeOverlay();
  await type('index advice for billing-db, from statements');
  await waitFor(() => expect(window.location.hash).toBe('#/index-advice?advice=11'));
  closeOverlay();
  await type('what got slower on billing-db');
  await waitFor(() => expect(window.location.hash).toBe('#/queries?source=billing-db&compare=previous'));
  closeOverlay();
  await type('what the console costs billing-db');
  await waitFor(() => expect(window.location.hash).toBe('#/health?source=billing-db&view=cost'));
  closeOverlay();
  await type('ask for index advice');
  await waitFor(() => expect(window.location.hash).toBe('#/index-advice?add=yes'));
  closeOverlay();
});

test('a place survives its address', () => {
  expect(parsePlace(hrefOf('pools', { source: 'a b&c' }))).toEqual({
    page: 'pools',
    params: { source: 'a b&c' },
  });
  expect(parsePlace('')).toEqual({ page: '', params: {} });
});
