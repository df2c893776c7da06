// Bars stand where they ran, and a finding is said in words and figures that do not exaggerate.
import { expect, test } from 'vitest';
import { findingsOfReplay } from '../../api/fixtures/patterns';
import type { NPlusOneFinding } from '../../api/generated/NPlusOneFinding';
import type { RepetitionExample } from '../../api/generated/RepetitionExample';
import { optionsIn, tabsOf } from './fixes';
import { fewer, narrow, noFilter, queriesInUnit, routeWords, shortId } from './nPlusOne.svelte';
import { layoutRuns } from './runs';

const example = (over: Partial<RepetitionExample>): RepetitionExample => ({
  unit: 'request',
  id: null,
  route: null,
  at: 0,
  queries: 4,
  repeats: 5,
  distinct_parameters: 3,
  more_parameters: false,
  total_ms: null,
  span_ms: 100,
  parent_run: { offset_ms: 0, duration_ms: 10 },
  runs: [
    { offset_ms: 10, duration_ms: 40 },
    { offset_ms: 50, duration_ms: 50 },
  ],
  ...over,
});

test('bars stand where and as long as they ran, inside the drawing', () => {
  const { bars, ticks, more } = layoutRuns(example({}), 416);
  expect(bars.map(({ x, width }) => [x, width])).toEqual([
    [8, 40],
    [48, 160],
    [208, 200],
  ]);
  expect(bars.map(({ y }) => y)).toEqual([8, 18, 28]);
  expect(ticks.map(({ label }) => label)).toEqual(['0', '20 ms', '40 ms', '60 ms', '80 ms', '100 ms']);
  expect(more).toBe(3);
});

test('many bars share the height of a few, each still apart from the next', () => {
  const runs = Array.from({ length: 50 }, (_, at) => ({ offset_ms: 10 + at, duration_ms: 1 }));
  const { bars, bar, height } = layoutRuns(example({ runs, repeats: 50 }), 416);
  expect(bars).toHaveLength(51);
  expect(height).toBeLessThan(260);
  expect((bars[2]?.y ?? 0) - (bars[1]?.y ?? 0)).toBeGreaterThan(bar);
  expect(layoutRuns(example({}), 416).bar).toBe(6);
});

test('without durations, without a span, and past its end bars stay inside', () => {
  const open = layoutRuns(example({ parent_run: null, runs: [{ offset_ms: 100, duration_ms: null }] }), 216);
  expect(open.bars[0]).toMatchObject({ measured: false, width: 3, x: 205 });
  const late = layoutRuns(
    example({ span_ms: 0, runs: [{ offset_ms: 0, duration_ms: 0 }], parent_run: null }),
    216,
  );
  expect(late.bars[0]?.width).toBe(3);
  const past = layoutRuns(example({ span_ms: 50 }), 216);
  for (const bar of past.bars) expect(bar.x + bar.width).toBeLessThanOrEqual(208.001);
});

test('words and figures', () => {
  const [first] = findingsOfReplay(0) as [NPlusOneFinding];
  expect(queriesInUnit(first)).toEqual([22, 2]);
  expect(queriesInUnit({ ...first, parent: null })).toEqual([21, 1]);
  expect([fewer(0.9999), fewer(0.95), fewer(1)]).toEqual(['99%', '95%', '100%']);
  expect(routeWords({ ...first, routes: [], applications: [] })).toBe('no route in the log');
  expect([shortId('7f3c1e0b52d94a91e'), shortId('short')]).toEqual(['7f3c…a91e', 'short']);
  expect(narrow([first], { ...noFilter(), text: 'GET /api/cust' })).toHaveLength(1);
  expect(tabsOf(first.fixes).map(({ value }) => value)).toEqual(['sql', 'data_loader', 'orm']);
  const twice = optionsIn([...first.fixes, ...first.fixes], 'orm').map(({ value }) => value);
  expect(new Set(twice).size).toBe(twice.length);
});
