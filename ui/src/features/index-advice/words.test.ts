// Words of the page, and the mean time of several statements as one line.
import { expect, test } from 'vitest';
import type { QueryTrend } from '../../api/generated/QueryTrend';
import { meanOf } from './trend';
import { bestWords, codeWords, costChange, gainWords, progressWords } from './words';

test('a change of cost has its sign; nothing is compared with nothing', () => {
  expect([costChange(100, 29), costChange(100, 104), costChange(100, 100), costChange(0, 5)]).toEqual([
    '−71%',
    '+4%',
    '±0%',
    '–',
  ]);
});

test('gains in time and in cost', () => {
  expect(gainWords({ before: 157.5, after: 0.4, unit: 'ms' })).toBe('157.5 ms → 0.4 ms');
  expect(gainWords({ before: 12_400, after: 8.3, unit: 'cost' })).toBe('12,400 → 8.3');
});

test('progress says only what there is to say', () => {
  const begun = {
    step: 'workload' as const,
    candidates: 0,
    what_if_calls: 0,
    seconds: 0.31,
    cost_before: null,
    cost_best: null,
    indexes_best: 0,
  };
  expect(progressWords(begun, 10)).toEqual(['300 ms of 10 s']);
  expect(bestWords(begun)).toBeNull();
  expect(bestWords({ ...begun, cost_before: 10, cost_best: 9, indexes_best: 1 })).toBe(
    '−10% with 1 index so far',
  );
  expect([codeWords('tiny_table'), codeWords('no_such_code')]).toEqual(['Small table', 'No such code']);
});

const trend = (from: number, step_ms: number, calls: number[], total_ms: number[]): QueryTrend => ({
  from,
  step_ms,
  calls,
  total_ms,
});

test('several trends are one mean, weighted by calls, with gaps where nothing ran', () => {
  const mean = meanOf([
    trend(0, 1000, [1, 0, 2, 0], [10, 0, 40, 0]),
    trend(1000, 1000, [0, 2, 0], [0, 100, 0]),
  ]);
  expect(mean?.plot.series[0]?.values).toEqual([10, null, 35, null]);
  expect(mean?.plot.times).toEqual([0, 1000, 2000, 3000]);
  expect(mean?.plot.range).toEqual({ from: 0, to: 4000 });
});

test('trends of other steps meet at the coarsest', () => {
  const mean = meanOf([trend(0, 1000, [1, 1, 1, 1], [10, 20, 30, 40]), trend(0, 2000, [2, 2], [30, 30])]);
  expect(mean?.step_ms).toBe(2000);
  expect(mean?.plot.series[0]?.values).toEqual([15, 25]);
  expect(meanOf([trend(0, 1000, [0, 0], [0, 0])])).toBeNull();
  expect(meanOf([])).toBeNull();
});
