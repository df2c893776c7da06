// The window of time moves with the clock until it is zoomed.
import { expect, test } from 'vitest';
import { TimeWindow } from './timeRange.svelte';

test('live is the last five minutes, moving', () => {
  const window = new TimeWindow();
  expect(window.range(1_000_000)).toEqual({ from: 700_000, to: 1_000_000 });
  expect(window.range(1_001_000)).toEqual({ from: 701_000, to: 1_001_000 });
});

test('a zoom stands still, and resetting it returns to the preset', () => {
  const window = new TimeWindow();
  window.choose('1h');
  const before = window.choice;
  window.zoomTo({ from: 100.4, to: 60_000.6 });
  expect(window.range(9_999_999)).toEqual({ from: 100, to: 60_001 });
  expect(window.choice).not.toBe(before);
  expect(window.words).toBe(window.zoomText);
  window.reset();
  expect(window.choice).toBe(before);
  expect(window.words).toBe('The last hour');
});

test('a zoom is never narrower than two seconds; choosing a preset drops it', () => {
  const window = new TimeWindow();
  window.zoomTo({ from: 1000, to: 1001 });
  expect(window.range(0)).toEqual({ from: 1000, to: 3000 });
  window.choose('24h');
  expect(window.zoom).toBeNull();
});
