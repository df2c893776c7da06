// The pure parts of the page about a live server: subject, columns, chart, windows, verdicts and the plan's tree.
import { expect, test } from 'vitest';
import { createMock } from '../../api/mock';
import { sourcesOf } from '../../api/fixtures/sources';
import { NO_COUNTS } from '../../api/fixtures/statements';
import type { PlanNode } from '../../api/generated/PlanNode';
import type { StatementChange } from '../../api/generated/StatementChange';
import type { StatementRow } from '../../api/generated/StatementRow';
import { costWords, parseWindow, verdictTone, verdictWords, windowsFor } from './compare';
import { above, estimateTone, estimateWords, placeholdersIn, planMove, planRows } from './planTree';
import { colorByRow, colorsOf, namedByStatement, statementName, totalAt } from './statementChart';
import { fitting } from '../../shared/table';
import { columnsOf, GIVE_WAY, uncounted } from './statementColumns';
import { countedSeconds, loadWords, rowKey, withGaps } from './statements.svelte';
import { subjectOf } from './subject';

const EVERY = { planning: true, io_timing: true, wal: true, jit: true };
const NONE = { planning: false, io_timing: false, wal: false, jit: false };

const row = (of: Partial<StatementRow> = {}): StatementRow => ({
  queryid: '42',
  fingerprint: 'f',
  statement: 'SELECT 1',
  database: 'billing',
  user: 'panel',
  top_level: true,
  counts: { ...NO_COUNTS, calls: 20, exec_ms: 100, rows: 40 },
  mean_ms: 5,
  time_ratio: 0.5,
  hit_ratio: null,
  trend: [],
  own: false,
  ...of,
});

const page = async (scenario: 'leak' | 'gaps' = 'leak') =>
  createMock(scenario).statementsPage('billing-db', { from: Date.now() - 300_000, to: Date.now() });

test('what the page is about: the address, else a live server, else the newest replay', async () => {
  const replays = await createMock('leak').replaysList();
  const sources = sourcesOf('leak', 0);
  expect(subjectOf({}, sources, replays)).toEqual({ type: 'live', source: 'billing-db' });
  expect(subjectOf({ replay: '6' }, sources, replays)).toMatchObject({
    type: 'replay',
    replay: { id: '6' },
    asked: true,
  });
  expect(subjectOf({ replay: '99' }, sources, replays)).toMatchObject({ type: 'replay', replay: null });
  expect(subjectOf({ source: 'bouncer' }, sources, replays)).toEqual({ type: 'gone', source: 'bouncer' });
  const panels = sources.filter(({ config }) => config.kind === 'mpanel');
  expect(subjectOf({}, panels, replays)).toMatchObject({ type: 'replay', asked: false });
  expect(subjectOf({}, panels, [])).toEqual({ type: 'nothing' });
});

test('rates need counted seconds; what is not counted is absent', () => {
  const text = (set: 'time' | 'wal', key: string, seconds: number | null, counted = EVERY) =>
    columnsOf(set, seconds, counted)
      .find((column) => column.key === key)
      ?.text?.(row());
  expect(text('time', 'calls', 10)).toBe('2');
  expect(text('time', 'calls', null)).toBe('–');
  expect(text('time', 'rows', 10)).toBe('2');
  expect(text('time', 'hit', 10)).toBe('–');
  expect(text('wal', 'wal', 10)).toBe('0 B');
  expect(text('wal', 'wal', 10, NONE)).toBe('–');
  expect(uncounted('planning', NONE)).toHaveLength(2);
  expect(uncounted('time', NONE)).toEqual([]);
});

test('columns give way until a statement can be told apart', () => {
  const keys = (width: number) =>
    fitting(columnsOf('time', 10, EVERY), GIVE_WAY, width, 230).map(({ key }) => key);
  expect(keys(0)).toHaveLength(8);
  expect(keys(720)).not.toContain('trend');
  expect(keys(420)).toEqual(['statement', 'share', 'mean']);
  expect(keys(300)).toEqual(['statement', 'share']);
});

test('the chart names its lines by statement, and the table is its legend', async () => {
  const { chart, rows } = await page();
  if (!chart) throw new Error('the scenario has a chart');
  const plot = namedByStatement(chart, rows);
  expect(new Set(plot.series.map(({ name }) => name)).size).toBe(9);
  expect(plot.series.at(-1)?.name).toBe('all others');
  expect(colorsOf(chart, rows).at(-1)).toBe('s6');
  expect(new Set(colorsOf(chart, rows)).size).toBe(9);
  expect(colorByRow(chart, rows).get(rowKey(rows[0] ?? row()))).toBe('s1');
  expect(totalAt(plot, 10)).toBeGreaterThan(100);
  expect(totalAt({ ...plot, series: [] }, 0)).toBeNull();
  expect(statementName(row({ statement: null }))).toBe('queryid 42');
});

test('gaps become marks, once', async () => {
  const { chart, gaps } = await page('gaps');
  if (!chart) throw new Error('the scenario has a chart');
  const marked = withGaps(chart, gaps);
  expect(marked.marks.map(({ label }) => label)).toEqual(['reset', 'evicted']);
  expect(withGaps(marked, gaps).marks).toHaveLength(2);
});

test('windows beside this one', () => {
  const after = { from: 1_000_000, to: 1_060_000 };
  expect(windowsFor('previous', after, {}).before).toEqual({ from: 940_000, to: 1_000_000 });
  expect(windowsFor('week', after, {}).before.from).toBe(1_000_000 - 604_800_000);
  expect(windowsFor('custom', after, { before: '5-9' })).toEqual({ before: { from: 5, to: 9 }, after });
  expect([parseWindow('9-5'), parseWindow('x'), parseWindow(undefined)]).toEqual([null, null, null]);
});

test('verdicts in words, with their factor and tone', () => {
  const change = (of: Partial<StatementChange>): StatementChange => ({
    queryid: '1',
    fingerprint: null,
    statement: null,
    before: { ...NO_COUNTS, calls: 10, exec_ms: 100 },
    after: { ...NO_COUNTS, calls: 10, exec_ms: 312 },
    before_seconds: 10,
    after_seconds: 10,
    verdict: 'slower',
    cost: 21.2,
    ...of,
  });
  expect([verdictWords(change({})), verdictTone(change({}))]).toEqual(['Slower 3.1×', 'critical']);
  const less = { ...NO_COUNTS, calls: 10, exec_ms: 4 };
  expect(verdictWords(change({ verdict: 'faster', after: less }))).toBe('Faster 25×');
  expect(verdictWords(change({ verdict: 'new', before: NO_COUNTS }))).toBe('New');
  const more = { ...NO_COUNTS, calls: 19, exec_ms: 190 };
  expect(verdictWords(change({ verdict: 'more_calls', after: more }))).toBe('More calls 1.9×');
  expect([costWords(21.2), costWords(-3), costWords(0), costWords(2400)]).toEqual([
    '+21.2 ms/s',
    '−3.0 ms/s',
    '0 ms/s',
    '+2.4 s/s',
  ]);
});

test('a plan’s tree: rows in view, keys, estimates', () => {
  const node = (id: number, children: PlanNode[] = [], of: Partial<PlanNode> = {}): PlanNode => ({
    id,
    title: `node ${id}`,
    kind: '',
    details: [],
    startup_cost: 0,
    total_cost: 0,
    cost_ratio: 0,
    planned_rows: 1,
    actual_rows: null,
    loops: null,
    own_ms: null,
    total_ms: null,
    misestimate: null,
    shared_hit: null,
    shared_read: null,
    temp_written: null,
    children,
    ...of,
  });
  const root = node(0, [node(1, [node(2)]), node(3)]);
  const all = planRows(root, new Set());
  expect(all.map((one) => [one.node.id, one.depth])).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 1],
  ]);
  expect(planRows(root, new Set([1])).map((one) => one.node.id)).toEqual([0, 1, 3]);
  expect(above(root, 2)).toEqual([0, 1]);
  const to = (key: string, id: number, closed: number[] = []) =>
    planMove(key, planRows(root, new Set(closed)), id);
  expect(to('ArrowRight', 1)).toBe(2);
  expect(to('ArrowRight', 1, [1])).toBe('toggle');
  expect(to('ArrowLeft', 2)).toBe(1);
  expect(to('ArrowLeft', 1)).toBe('toggle');
  expect(to('End', 0)).toBe(3);
  expect(to('ArrowUp', 0)).toBeUndefined();
  const off = node(1, [], { misestimate: 348, planned_rows: 120, actual_rows: 41_802 });
  expect([estimateTone(off), estimateWords(off)]).toEqual(['critical', '348× more']);
  expect(estimateWords({ ...off, misestimate: 4 })).toBeNull();
});

test('words and numbers', () => {
  expect(placeholdersIn('SELECT $2, $1, $10')).toBe(10);
  expect(placeholdersIn('SELECT 1')).toBe(0);
  expect(countedSeconds({ from: 0, to: 5000 })).toBe(5);
  expect(countedSeconds(null)).toBeNull();
  expect(loadWords(612)).toBe('612 ms of execution each second');
  expect(loadWords(1940)).toBe('1.9 sessions busy on average');
});
