// What a cache would help: the slider redraws at once, one statement or all, and the reasons of what cannot be kept.
import { fireEvent, screen } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { open } from '../../../test/open';
import { rowWith, said, type } from '../../../test/page';
import { cacheAdvice } from '../../api/fixtures/cacheAdvice';
import type { Scenario } from '../../api/fixtures/scenario';
import { createMock } from '../../api/mock';
import { location } from '../../app/location.svelte';
import CachePage from './CachePage.svelte';
import { curveOf, forAll, forOne, gainOf, pointAt, stepsOf, SUGGESTED, ttlOf } from './ttl';

const PLACE = 'cache?view=advice';

async function opened(scenario: Scenario = 'leak', overrides = {}) {
  await open(CachePage, scenario, PLACE, overrides);
  await screen.findByTestId('candidates');
}

test('the statement that saves most is shown, with its curve, its writes, its tags and its code', async () => {
  const writeText = vi.fn(async (_text: string) => {});
  Object.defineProperty(navigator, 'clipboard', { value: { writeText }, configurable: true });
  await opened();
  expect(said('candidates')).toContain('4 statements');
  expect(said('candidate-detail')).toContain('cache type products');
  expect(screen.getByTestId('ttl-chart').dataset['chosen']).toBe('600');
  expect(said('invalidated-by')).toContain('412 times');
  await fireEvent.click(screen.getByTestId('copy-code'));
  expect(writeText.mock.calls[0]?.[0]).toContain("tags: ['products']");
  await fireEvent.click(screen.getByTestId('code-language-Rust'));
  expect(said('cache-sample')).toContain('Duration::from_secs(600)');
  expect(screen.getByTestId('to-statement').getAttribute('href')).toBe(
    '#/queries?replay=7&query=8f1c20aa00000000',
  );
});

test('the slider of one statement redraws at once, without asking the engine', async () => {
  const cacheAdviceAsked = vi.fn(createMock('leak').cacheAdvice);
  await opened('leak', { cacheAdvice: cacheAdviceAsked });
  expect(said('ttl-figures')).toContain('88%');
  const before = said('gain');
  await type('ttl-one', '0');
  expect(screen.getByTestId('ttl-chart').dataset['chosen']).toBe('10');
  expect(said('ttl-figures')).toContain('19%');
  expect(said('ttl-panel')).toContain('suggested: 10 min');
  expect(said('code-ttl')).toContain('put 10 s instead');
  expect(rowWith('candidate', 'products').textContent).toContain('10 s');
  expect(rowWith('candidate', 'tax_rules').textContent).toContain('30 min');
  expect(said('gain')).not.toBe(before);
  expect(cacheAdviceAsked).toHaveBeenCalledTimes(1);
});

test('one time to live for all changes every row, and what was suggested comes back', async () => {
  await opened();
  const before = said('gain');
  await type('ttl-all', '3');
  const rows = () => screen.getAllByTestId('candidate').map((row) => row.textContent ?? '');
  expect(rows().every((row) => row.includes('2 min'))).toBe(true);
  expect(said('gain')).toMatch(/35 min of database time saved in the 24 h of this log, 64%/);
  await fireEvent.click(screen.getByTestId('ttl-suggested'));
  expect(said('gain')).toBe(before);
  expect(screen.queryByTestId('ttl-suggested')).toBeNull();
});

test('another statement is in the address; 100 of them scroll', async () => {
  await opened('many');
  expect(said('candidates')).toContain('100 statements');
  await fireEvent.click(rowWith('candidate', 'tickets'));
  expect(location.place.params).toMatchObject({ view: 'advice', statement: '8f1c20aa00005ccd' });
  expect(said('candidate-detail')).toContain('tickets');
});

test('what cannot be kept is listed with its reason', async () => {
  await opened();
  expect(said('refused')).toContain('now() gives another result each time.');
});

test('nothing worth keeping, no replay, one that is gone, one that is read, loading and failing', async () => {
  await open(CachePage, 'nothing-cacheable', PLACE);
  expect(await screen.findByTestId('nothing-cacheable')).toBeTruthy();
  expect(said('refused')).toContain('It writes.');
  document.body.replaceChildren();
  await open(CachePage, 'first-start', PLACE);
  expect(screen.getByTestId('no-replay')).toBeTruthy();
  document.body.replaceChildren();
  await open(CachePage, 'leak', `${PLACE}&replay=99`);
  expect(screen.getByTestId('replay-gone')).toBeTruthy();
  document.body.replaceChildren();
  await open(CachePage, 'loading', PLACE);
  expect(screen.getByTestId('loading')).toBeTruthy();
  document.body.replaceChildren();
  await open(CachePage, 'error', PLACE);
  expect((await screen.findByTestId('page-problem')).textContent).toContain('could not be read');
});

const { candidates } = cacheAdvice('leak', [{ replay: '7', name: 'a', at: 0 }], null);
const [first, second] = candidates;
if (!first || !second) throw new Error('the fixture has candidates');

test('one for all forgets single ones; a single one leaves the others', () => {
  expect(ttlOf(first, SUGGESTED)).toBe(600);
  const one = forOne(SUGGESTED, first.fingerprint, 30);
  expect([ttlOf(first, one), ttlOf(second, one)]).toEqual([30, 1800]);
  expect(ttlOf(first, forAll(60))).toBe(60);
  expect(ttlOf(first, forOne(forAll(60), first.fingerprint, 30))).toBe(30);
  expect(ttlOf(first, forAll(null))).toBe(600);
});

test.each([
  [5, 10],
  [10, 10],
  [59, 30],
  [60, 60],
  [1e9, 86_400],
])('at %i s what was simulated for %i s is told', (ttl, wanted) =>
  expect(pointAt(first, ttl)?.ttl_seconds).toBe(wanted),
);

test('gains add up, and nothing divides by nothing', () => {
  const choice = forAll(600);
  const [one, both] = [gainOf([first], choice), gainOf([first, second], choice)];
  expect(both.hits).toBe(one.hits + gainOf([second], choice).hits);
  expect(both.savedMs).toBeCloseTo(one.savedMs + gainOf([second], choice).savedMs);
  expect(one.savedRatio).toBeCloseTo(pointAt(first, 600)?.hit_ratio ?? NaN);
  expect(gainOf([], choice)).toEqual({ calls: 0, hits: 0, savedMs: 0, savedRatio: null });
  expect(pointAt({ ...first, by_ttl: [] }, 60)).toBeNull();
  expect(stepsOf([first, { ...second, by_ttl: first.by_ttl.slice(0, 2) }])).toEqual(
    first.by_ttl.map(({ ttl_seconds }) => ttl_seconds),
  );
});

test('the curve spans its width, higher where more is hit, labelled only where there is room', () => {
  const curve = curveOf(first.by_ttl, 500, 100);
  expect(curve.points.at(0)?.x).toBe(0);
  expect(curve.points.at(-1)?.x).toBe(500);
  const heights = curve.points.map(({ y }) => y);
  expect(heights).toEqual(heights.toSorted((a, b) => b - a));
  expect(curve.labels).toHaveLength(11);
  expect(curveOf(first.by_ttl, 250, 100).labels.length).toBeLessThan(7);
  expect(curveOf(first.by_ttl.slice(0, 1), 500, 100).line).toMatch(/^0\.0,/);
});
