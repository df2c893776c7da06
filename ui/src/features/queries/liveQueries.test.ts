// The statements of a live server: table, column sets, gaps, one of them in full with its plan, comparison, and every state without them.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { open } from '../../../test/open';
import { choose, said, type } from '../../../test/page';
import type { Scenario } from '../../api/fixtures/scenario';
import { createMock } from '../../api/mock';
import { live } from '../../app/live.svelte';
import { location } from '../../app/location.svelte';
import { timeWindow } from '../../app/timeRange.svelte';
import QueriesPage from './QueriesPage.svelte';

const rows = () => screen.getAllByTestId('statement-row');
const texts = () => rows().map((row) => row.textContent ?? '');

async function opened(scenario: Scenario = 'leak', place = 'queries', overrides = {}) {
  localStorage.clear();
  await open(QueriesPage, scenario, place, overrides);
  await screen.findByTestId('statements');
}

/** Opens the statement that says this, and its plan. */
async function openPlan(text: string): Promise<void> {
  const row = rows().find((one) => one.textContent?.includes(text));
  await fireEvent.click(row as HTMLElement);
  await fireEvent.click(await screen.findByTestId('tab-plan'));
}

test('a live server is shown first; the choice leads to the kept replays and back', async () => {
  await opened();
  expect(screen.getByTestId<HTMLSelectElement>('queries-choice').value).toBe('source:billing-db');
  expect(texts()[0]).toContain('FROM orders o JOIN customers');
  expect(Number(screen.getByTestId('chart-statements').dataset['points'])).toBeGreaterThan(30);
  await choose('queries-choice', 'replay:7');
  expect(location.place.params).toEqual({ replay: '7' });
  await screen.findByTestId('queries');
  await choose('queries-choice', 'source:billing-db');
  await screen.findByTestId('statements');
});

test('the console’s own statements are hidden until they are asked for', async () => {
  await opened();
  expect(said('statements')).toContain('62 statements');
  await fireEvent.click(screen.getByTestId('show-own'));
  expect(said('statements')).toContain('64 statements');
  await type('statement-filter', 'console');
  expect(rows()).toHaveLength(2);
  await type('statement-filter', 'zzz');
  expect(said('statements')).toContain('No statement matches.');
});

test('sets of columns; what is not counted is absent, with the setting that mends it', async () => {
  await opened();
  expect(screen.queryByTestId('not-counted')).toBeNull();
  await fireEvent.click(screen.getByTestId('columns-planning'));
  expect(said('not-counted')).toContain('pg_stat_statements.track_planning is off');
  expect(texts()[0]).toContain('–');
  await fireEvent.click(screen.getByTestId('columns-blocks'));
  expect(screen.queryByTestId('not-counted')).toBeNull();
  expect(texts()[0]).toContain('FROM invoices WHERE tenant_id');
});

test('resets and evictions are told in sentences', async () => {
  await opened('gaps');
  expect(said('gaps')).toContain('pg_stat_statements_reset()');
  expect(said('gaps')).toContain('212 entries had to make room');
});

test('500 statements are not all drawn, and what lies beyond them is told', async () => {
  await opened('many');
  expect(said('statements')).toContain('498 statements');
  expect(rows().length).toBeLessThan(60);
  expect(said('left-out')).toContain('4,500 more ran');
});

test('hidden texts: the ids stand for them, with the GRANT', async () => {
  await opened('degraded');
  expect(said('server-lacks')).toContain('GRANT pg_monitor TO console;');
  expect(texts()[0]).toContain('text hidden, queryid');
  await fireEvent.click(rows()[0] as HTMLElement);
  expect(await screen.findByTestId('text-hidden')).toBeTruthy();
  await fireEvent.click(screen.getByTestId('tab-plan'));
  expect(said('plan')).toContain('Without its text no plan can be asked for');
});

test('a statement in full: address, figures with origins, charts, links; Esc closes it', async () => {
  await opened();
  await type('statement-filter', 'FROM orders WHERE customer_id');
  await fireEvent.click(rows()[0] as HTMLElement);
  const queryid = location.place.params['statement'];
  expect(queryid).toMatch(/^-?\d+$/);
  const links = await screen.findByTestId('statement-links');
  expect(links.querySelector('a')?.getAttribute('href')).toContain('#/n-plus-one?replay=7&pattern=');
  expect(said('statement-ids')).toContain(queryid ?? '');
  await fireEvent.mouseEnter(screen.getByTestId('figure-mean'));
  expect(screen.getByRole('tooltip').textContent).toContain('total_exec_time over calls, counted');
  expect(screen.getByTestId('figure-plan').textContent).toContain('–');
  for (const chart of ['time', 'calls', 'mean', 'blocks']) {
    expect(Number(screen.getByTestId(`chart-${chart}`).dataset['points'])).toBeGreaterThan(30);
  }
  await fireEvent.keyDown(window, { key: 'Escape' });
  expect(screen.queryByTestId('statement-detail')).toBeNull();
  expect(location.place.params).toEqual({ source: 'billing-db' });
});

test('the generic plan is a tree that closes and opens, and an observation leads to its node', async () => {
  await opened();
  await openPlan('JOIN customers');
  await fireEvent.click(screen.getByTestId('explain'));
  expect(await screen.findAllByTestId('plan-node')).toHaveLength(6);
  const sort = screen.getAllByTestId('plan-node')[1] as HTMLElement;
  sort.focus();
  await fireEvent.keyDown(sort, { key: 'ArrowLeft' });
  expect(screen.getAllByTestId('plan-node')).toHaveLength(2);
  await fireEvent.click(screen.getByTestId('show-node'));
  await waitFor(() => expect(document.activeElement?.textContent).toContain('Seq Scan on orders'));
  expect(screen.getAllByTestId('plan-node')).toHaveLength(6);
  expect(said('plan-text')).toContain('Seq Scan on orders o (cost=');
});

test('values are asked for first; analyzing runs only after the database’s name was typed', async () => {
  const explainStatement = vi.fn(createMock('leak').explainStatement);
  await opened('leak', 'queries', { explainStatement });
  await openPlan('JOIN customers');
  expect(screen.getByTestId<HTMLButtonElement>('analyze').disabled).toBe(true);
  await type('value-1', '42');
  await fireEvent.click(screen.getByTestId('null-2'));
  await type('value-3', '50');
  await fireEvent.click(screen.getByTestId('analyze'));
  expect(said('analyze-dialog')).toContain('The statement is run');
  expect(screen.queryByTestId('analyze-writes')).toBeNull();
  expect(explainStatement).not.toHaveBeenCalled();
  await type('analyze-name', 'billing');
  await fireEvent.click(screen.getByTestId('analyze-confirm'));
  const tree = await screen.findByTestId('plan-tree');
  expect(explainStatement).toHaveBeenCalledWith({
    source: 'billing-db',
    queryid: location.place.params['statement'],
    mode: { type: 'analyze', values: ['42', null, '50'], typed: 'billing' },
  });
  expect(tree.textContent).toContain('348× more');
  expect(said('observations')).toContain('Sort writes 24 MB to disk');
});

test('a plan that cannot be had says why, and what mends it', async () => {
  const explainStatement = () =>
    Promise.reject({
      code: 'permission',
      message: 'The role may not read orders.',
      remedy: 'GRANT SELECT ON orders TO console;',
    });
  await opened('leak', 'queries', { explainStatement });
  await openPlan('JOIN customers');
  await fireEvent.click(screen.getByTestId('explain'));
  expect((await screen.findByTestId('explain-problem')).textContent).toContain('GRANT SELECT ON orders');
});

test('two windows beside each other: verdicts, cost, summary; the windows stand still', async () => {
  const compareStatements = vi.fn(createMock('leak').compareStatements);
  await opened('leak', 'queries', { compareStatements });
  await fireEvent.click(screen.getByTestId('compare'));
  expect(location.place.params).toEqual({ source: 'billing-db', compare: 'previous' });
  await screen.findByTestId('changes');
  expect(said('compare-summary')).toContain('got slower');
  const first = screen.getAllByTestId('change-row')[0]?.textContent ?? '';
  expect(first).toContain('Slower 3.1×');
  expect(first).toMatch(/\+[\d.]+ ms\/s/);
  await choose('change-verdict', 'gone');
  expect(screen.getAllByTestId('change-row')).toHaveLength(1);
  const asked = compareStatements.mock.calls.length;
  live.receive([{ type: 'statements_read', source: 'billing-db', at: 1 }]);
  expect(compareStatements).toHaveBeenCalledTimes(asked);
  await fireEvent.click(screen.getByTestId('beside-yesterday'));
  await waitFor(() => expect(compareStatements).toHaveBeenCalledTimes(asked + 1));
  const [, before, after] = compareStatements.mock.lastCall ?? [];
  expect((after?.from ?? 0) - (before?.from ?? 0)).toBe(86_400_000);
});

test('custom windows come from the address, and a wrong one is refused', async () => {
  const compareStatements = vi.fn(createMock('leak').compareStatements);
  await opened('leak', 'queries', { compareStatements });
  location.go('queries', {
    source: 'billing-db',
    compare: 'custom',
    before: '1000-61000',
    after: '200000-260000',
  });
  await screen.findByTestId('custom-windows');
  await waitFor(() =>
    expect(compareStatements).toHaveBeenLastCalledWith(
      'billing-db',
      { from: 1000, to: 61_000 },
      { from: 200_000, to: 260_000 },
    ),
  );
  await choose('before-to', '1969-01-01T00:00:00');
  expect(said('custom-wrong')).toContain('ends before it begins');
});

test('a reading fetches the page again; a zoom asks with its own window', async () => {
  const statementsPage = vi.fn(createMock('calm').statementsPage);
  await opened('calm', 'queries', { statementsPage });
  timeWindow.zoomTo({ from: 1000, to: 61_000 });
  await waitFor(() =>
    expect(statementsPage).toHaveBeenLastCalledWith('billing-db', { from: 1000, to: 61_000 }),
  );
});

test.each<[Scenario, string, string]>([
  ['empty', 'not-counted-yet', 'second reading'],
  ['no-extension', 'cannot-count', 'not counted here'],
  ['first-start', 'no-queries-yet', 'pg_stat_statements'],
])('%s: %s', async (scenario, testid, words) => {
  await open(QueriesPage, scenario, 'queries');
  expect((await screen.findByTestId(testid)).textContent).toContain(words);
});

test('loading, failing, dead and gone are states of their own', async () => {
  await open(QueriesPage, 'loading', 'queries');
  expect(screen.getByTestId('loading')).toBeTruthy();
  document.body.replaceChildren();
  await open(QueriesPage, 'error', 'queries');
  expect((await screen.findByTestId('page-problem')).textContent).toContain('could not be read');
  document.body.replaceChildren();
  await open(QueriesPage, 'dead', 'queries');
  expect((await screen.findByTestId('server-problem')).textContent).toMatch(/last answered 4\d s ago/);
  expect(screen.getByTestId('statements')).toBeTruthy();
  document.body.replaceChildren();
  await open(QueriesPage, 'leak', 'queries?source=nowhere');
  expect(screen.getByTestId('server-gone')).toBeTruthy();
});
