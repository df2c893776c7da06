// Axes get round numbers, gaps stay gaps, and a chart can be told in words.
import { render, screen } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import ChartBlock from './ChartBlock.svelte';
import { knownSteps, lastValue, readout, summary, valueAt, yScale, type Plot } from './chartModel';
import { niceScale, ticksOf, timeTicks } from './chartScale';
import { sparkPaths } from './sparkline';

const plot = (
  values: (number | null)[],
  thresholds: number[] = [],
  unit: 'count' | 'ratio' = 'count',
): Plot => ({
  range: { from: 0, to: values.length * 1000 },
  times: values.map((_, i) => i * 1000),
  series: [{ name: 'active', unit, origin: 'x', values, highs: null }],
  thresholds: thresholds.map((value) => ({ value, label: `${value}`, severity: 'warning' })),
  marks: [],
});

test.each([
  [12, 'count', 4, 12, 3],
  [10.2, 'count', 4, 12, 3],
  [0, 'count', 4, 4, 1],
  [15.2, 'count', 4, 16, 4],
  [97, 'count', 4, 100, 25],
  [0.28, 'ratio', 3, 0.3, 0.1],
  [0.41, 'seconds', 3, 0.6, 0.2],
  [900 * 1024, 'bytes', 4, 1024 * 1024, 256 * 1024],
] as const)('%d %s in %d ticks reach %d by %d', (peak, unit, ticks, max, step) => {
  const scale = niceScale(peak, unit, ticks);
  expect(scale.max).toBeCloseTo(max);
  expect(scale.step).toBeCloseTo(step);
});

test('counts get the axis of the design: 0, 3, 6, 9, 12', () => {
  expect(ticksOf(niceScale(10.2, 'count', 4))).toEqual([0, 3, 6, 9, 12]);
});

test('pinned thresholds are always in view, others only when the data comes near', () => {
  const none = new Set<string>();
  expect(yScale(plot([3, 4], [75, 90]), none, false, 4).max).toBeLessThan(10);
  expect(yScale(plot([3, 4], [75, 90]), none, true, 4).max).toBeGreaterThan(90);
  expect(yScale(plot([40, 50], [75, 90]), none, false, 4).max).toBeGreaterThan(90);
  expect(yScale(plot([0.3], [0.75, 0.9], 'ratio'), none, true, 5)).toEqual({ max: 1, step: 0.25 });
});

test('hidden series do not stretch the axis', () => {
  expect(yScale(plot([500]), new Set(['active']), false, 4).max).toBeLessThan(10);
});

test('time ticks are round and inside the window', () => {
  const from = new Date(2026, 10, 23, 9, 2).getTime();
  const ticks = timeTicks(from, from + 3_600_000, 500);
  expect(ticks.length).toBeGreaterThan(2);
  for (const at of ticks) {
    expect(at).toBeGreaterThanOrEqual(from);
    expect(new Date(at).getMinutes() % 5).toBe(0);
  }
});

test('the present value of a silent source is absent, its last value is still known', () => {
  const values = [1, 2, null];
  expect(valueAt(values, null)).toBeNull();
  expect(valueAt(values, 1)).toBe(2);
  expect(lastValue(values)).toBe(2);
  expect(lastValue([null, null])).toBeNull();
  expect(knownSteps(plot([4, null, 10]))).toBe(2);
});

test('a chart is told in words', () => {
  expect(summary('Pool', plot([4, null, 10]))).toBe('Pool: active now 10, between 4 and 10');
  expect(summary('Pool', plot([]))).toContain('no data in this window');
  expect(readout(plot([4, null]), 1)).toContain('active –');
});

test('a trend is drawn as one line for each run between gaps', () => {
  expect(sparkPaths([1, 2, null, 3, 4], 110, 26)).toHaveLength(2);
  expect(sparkPaths([null, 1], 110, 26)).toEqual(['M107.0,13.0L110.0,13.0']);
  expect(sparkPaths([2], 110, 26)).toEqual(['M0.0,13.0L3.0,13.0']);
  expect(sparkPaths([null, null], 110, 26)).toEqual([]);
});

test('a block carries what tests need to see it move, and says when there is nothing', () => {
  const { unmount } = render(ChartBlock, { title: 'Pool', plot: plot([4, 7]), testid: 'c' });
  expect(screen.getByTestId('c').dataset).toMatchObject({ points: '2', last: '7' });
  expect(screen.getByRole('button', { name: /active 7/ })).toBeTruthy();
  unmount();
  render(ChartBlock, { title: 'Pool', plot: null, testid: 'c', absent: 'Nothing yet' });
  expect(screen.getByTestId('c').textContent).toBe('Nothing yet');
  expect(screen.getByTestId('c').dataset['points']).toBe('0');
});

test('a series of another unit is read, never drawn on the same axis', () => {
  const two = plot([4, 7]);
  two.series.push({ name: 'p95', unit: 'ratio', origin: 'y', values: [0.1, 0.2], highs: null });
  render(ChartBlock, { title: 'Pool', plot: two, testid: 'c' });
  expect(screen.queryByRole('button', { name: /p95/ })).toBeNull();
  expect(screen.getByText('20%')).toBeTruthy();
});
