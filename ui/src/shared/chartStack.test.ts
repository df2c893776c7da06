// Layers add up, a hidden one takes no room, and a gap is a gap in all of them.
import { expect, test } from 'vitest';
import { yScale, type Plot } from './chartModel';
import { stackOf } from './chartStack';

const plot = (...layers: (number | null)[][]): Plot => ({
  range: { from: 0, to: 3000 },
  times: (layers[0] ?? []).map((_, index) => index * 1000),
  series: layers.map((values, index) => ({
    name: 'abc'.charAt(index),
    unit: 'count',
    origin: 'x',
    values,
    highs: null,
  })),
  thresholds: [],
  marks: [],
});
const tops = (of: Plot, ...hidden: string[]) => stackOf(of, new Set(hidden)).series.map((s) => s.values);

test.each([
  [
    'they add up',
    plot([1, 2], [3, 4], [0, 1]),
    [],
    [
      [1, 2],
      [4, 6],
      [4, 7],
    ],
  ],
  [
    'a hidden one takes no room',
    plot([1, 2], [3, 4], [5, 5]),
    ['b'],
    [
      [1, 2],
      [1, 2],
      [6, 7],
    ],
  ],
  [
    'what one does not know takes no room either',
    plot([1, null], [3, 4]),
    [],
    [
      [1, 0],
      [4, 4],
    ],
  ],
  [
    'where nothing is known is a gap',
    plot([1, null, 2], [3, null, 4]),
    [],
    [
      [1, null, 2],
      [4, null, 6],
    ],
  ],
  ['a gap stays one when all is hidden', plot([1, null]), ['a'], [[0, null]]],
] as const)('%s', (_name, given, hidden, wanted) => {
  expect(tops(given as Plot, ...hidden)).toEqual(wanted);
});

test('the axis reaches to the top of the stack', () => {
  const given = plot([5, 9], [4, 7]);
  expect(yScale(stackOf(given, new Set()), new Set(), false, 4).max).toBe(16);
  expect(yScale(stackOf(given, new Set(['b'])), new Set(['b']), false, 4).max).toBe(9);
});

test('what was given is left as it was', () => {
  const given = plot([1], [2]);
  stackOf(given, new Set());
  expect(given.series.map(({ values }) => values)).toEqual([[1], [2]]);
});
