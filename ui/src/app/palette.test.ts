// Typing a little finds a lot, the likeliest first.
import { expect, test } from 'vitest';
import { filterEntries, score, type Entry } from './palette';

const entry = (title: string, kind = 'Page'): Entry => ({ id: title, title, kind, run: () => {} });
const ENTRIES = [
  entry('Overview'),
  entry('Pools'),
  entry('Sources'),
  entry('Pool of panel-eu-1', 'Pools'),
  entry('panel-eu-1', 'Source'),
  entry('Use the dark theme', 'Appearance'),
];
const first = (query: string) => filterEntries(ENTRIES, query)[0]?.title;

test.each([
  ['', 'Overview'],
  ['po', 'Pools'],
  ['pool of', 'Pool of panel-eu-1'],
  ['panel', 'panel-eu-1'],
  ['dark', 'Use the dark theme'],
  ['eu', 'panel-eu-1'],
  ['OVER', 'Overview'],
  ['srcs', 'Sources'],
])('"%s" finds %s first', (query, title) => expect(first(query)).toBe(title));

test('nothing matches nonsense', () => {
  expect(filterEntries(ENTRIES, 'qqqq')).toEqual([]);
  expect(score('xyz', 'Pools')).toBeNull();
});

test('without a query everything stays in its order', () => {
  expect(filterEntries(ENTRIES, ' ').map((found) => found.title)).toEqual(
    ENTRIES.map((known) => known.title),
  );
});
