// Trees open and close, and know whom a row stands under.
import { expect, test } from 'vitest';
import type { BlockingRow } from '../../api/generated/BlockingRow';
import { nestMove } from '../../shared/table';
import { aboveOf, rootOf, treeRows } from './tree';

const row = (pid: number, depth: number, blocks = 0): BlockingRow => ({
  who: { type: 'session', pid },
  depth,
  blocks,
  also_waits_for: [],
  in_cycle: false,
  lock: null,
  waiting_seconds: null,
  note: null,
  remedy: null,
});
const ROWS = [row(1, 0, 4), row(2, 1, 2), row(3, 2), row(4, 2), row(5, 1), row(9, 0, 1), row(10, 1)];
const keys = (...closed: string[]) => treeRows(ROWS, new Set(closed)).map(({ key }) => key);

test.each([
  [[], ['1', '2', '3', '4', '5', '9', '10']],
  [['2'], ['1', '2', '5', '9', '10']],
  [['1'], ['1', '9', '10']],
  [
    ['1', '2', '9'],
    ['1', '9'],
  ],
])('closed %j leaves %j', (closed, wanted) => expect(keys(...closed)).toEqual(wanted));

test('only those with somebody under them open and close', () => {
  expect(treeRows(ROWS, new Set(['9'])).map(({ open }) => open)).toEqual([
    true,
    true,
    null,
    null,
    null,
    false,
  ]);
});

test('above and at the top', () => {
  const pid = (found: BlockingRow | null) => found && found.who.type === 'session' && found.who.pid;
  expect(pid(aboveOf(ROWS, '4'))).toBe(2);
  expect(pid(aboveOf(ROWS, '5'))).toBe(1);
  expect(aboveOf(ROWS, '9')).toBeNull();
  expect(pid(rootOf(ROWS, '4'))).toBe(1);
  expect(pid(rootOf(ROWS, '10'))).toBe(9);
  expect(rootOf(ROWS, '77')).toBeNull();
});

test('arrows open, close, and go up', () => {
  const nests = treeRows(ROWS, new Set(['9'])).map(({ row: { depth }, open }) => ({ depth, open }));
  expect(nestMove('ArrowRight', 0, nests)).toBe(1);
  expect(nestMove('ArrowRight', 5, nests)).toBe('toggle');
  expect(nestMove('ArrowRight', 2, nests)).toBeUndefined();
  expect(nestMove('ArrowLeft', 1, nests)).toBe('toggle');
  expect(nestMove('ArrowLeft', 3, nests)).toBe(1);
  expect(nestMove('ArrowLeft', 5, nests)).toBeUndefined();
  expect(nestMove('ArrowDown', 0, nests)).toBeUndefined();
});
