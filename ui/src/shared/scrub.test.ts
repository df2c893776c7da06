// The moment that is looked at follows the pointer and the keys, and the newest one when it is reached.
import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import Chart from './Chart.svelte';
import { momentAfter, momentAt, pixelOf, stepAt, type Scrub } from './scrub';

const range = { from: 0, to: 100_000 };
const scrub = (at: number | null, over: Partial<Scrub> = {}): Scrub => ({
  at,
  oldest: 10_500,
  newest: 90_200,
  ...over,
});

test.each([
  ['in the middle', 500, 50_000],
  ['whole seconds, the one that has begun', 506, 50_000],
  ['nothing before what was recorded', 0, 11_000],
  ['near the newest one it is followed', 899, null],
  ['beyond the plot it is followed', 2000, null],
])('%s: pixel %d of 1000', (_name, x, at) => {
  expect(momentAt(x, 1000, range, scrub(null))).toBe(at);
});

test.each([
  ['ArrowLeft', false, 50_000, 49_000],
  ['ArrowRight', false, 50_000, 51_000],
  ['ArrowLeft', true, 50_000, 40_000],
  ['PageUp', false, 20_000, 80_000],
  ['ArrowLeft', false, null, 89_000],
  ['ArrowLeft', true, 12_000, 11_000],
  ['ArrowRight', false, 89_000, null],
  ['ArrowRight', true, 85_000, null],
  ['Home', false, 50_000, 11_000],
  ['End', false, 50_000, null],
  ['Escape', false, 50_000, null],
  ['x', false, 50_000, undefined],
] as const)('%s, shift %s: from %s to %s', (key, shift, from, to) => {
  expect(momentAfter(key, shift, scrub(from))).toBe(to);
});

test('the line stays in the plot, wherever its moment is', () => {
  expect(pixelOf(25_000, 400, range)).toBe(100);
  expect(pixelOf(-5000, 400, range)).toBe(0);
  expect(pixelOf(200_000, 400, range)).toBe(400);
});

test('a moment belongs to the step that has begun', () => {
  expect(stepAt([10, 20, 30], 25)).toBe(1);
  expect(stepAt([10, 20, 30], 30)).toBe(2);
  expect(stepAt([10, 20, 30], 5)).toBeNull();
  expect(stepAt([], 5)).toBeNull();
});

const plot = {
  range,
  times: [0, 50_000],
  series: [{ name: 'a', unit: 'count' as const, origin: 'x', values: [1, 2], highs: null }],
  thresholds: [],
  marks: [],
};

test('the line is a slider that says its time and obeys the keys', async () => {
  const onscrub = vi.fn();
  const { rerender } = render(Chart, {
    plot,
    label: 'Sessions',
    scrub: scrub(null, { newest: 99_200 }),
    onscrub,
  });
  const line = screen.getByRole('slider');
  expect(line.textContent).toBe('Live');
  expect(line.getAttribute('aria-valuetext')).toMatch(/^Live, \d\d:01:39$/);
  await fireEvent.keyDown(line, { key: 'ArrowLeft', shiftKey: true });
  expect(onscrub).toHaveBeenLastCalledWith(89_000);
  await rerender({ scrub: scrub(80_000) });
  expect(line.textContent).toMatch(/:01:20$/);
  expect(line.getAttribute('aria-valuenow')).toBe('80');
  await fireEvent.keyDown(line, { key: 'Escape' });
  expect(onscrub).toHaveBeenLastCalledWith(null);
  await rerender({ scrub: scrub(null) });
  expect(line.textContent).toMatch(/:01:30$/);
});

test('a press moves it, a drag moves on, and what zooms or pans does not', async () => {
  const onscrub = vi.fn();
  Element.prototype.setPointerCapture = () => {};
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(1054);
  render(Chart, { plot, label: 'Sessions', scrub: scrub(null), onscrub, testid: 'chart' });
  const chart = screen.getByTestId('chart');
  // The simulated browser has no pointer events of its own.
  const pointer = (kind: string, clientX: number, over = {}) =>
    fireEvent(chart, new MouseEvent(`pointer${kind}`, { clientX, bubbles: true, ...over }));
  await pointer('down', 342, { shiftKey: true });
  await pointer('down', 342, { ctrlKey: true });
  await pointer('move', 342);
  expect(onscrub).not.toHaveBeenCalled();
  await pointer('down', 342);
  expect(onscrub).toHaveBeenLastCalledWith(30_000);
  await pointer('move', 442);
  expect(onscrub).toHaveBeenLastCalledWith(40_000);
  await pointer('up', 442);
  expect(document.activeElement).toBe(screen.getByRole('slider'));
  await pointer('move', 542);
  expect(onscrub).toHaveBeenCalledTimes(2);
});
