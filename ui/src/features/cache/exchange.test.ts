// Requests that are shared, compressed or taken from a colleague's console: each view's way and its states.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { open } from '../../../test/open';
import { rowWith, said, type } from '../../../test/page';
import { probed } from '../../api/fixtures/compression';
import { createMock } from '../../api/mock';
import { location } from '../../app/location.svelte';
import CachePage from './CachePage.svelte';
import { totalAt } from './coalescing';
import { checkPaths, pathsIn, probeCost, sizesOf } from './compression';

test('what instances share already, and what a replay says they could', async () => {
  await open(CachePage, 'leak', 'cache?view=coalescing');
  expect((await screen.findByTestId('coalesced')).textContent).toContain('3 instances');
  expect(rowWith('instance-coalescing', 'panel-us-1').textContent).toContain('does not expose');
  expect(Number(screen.getByTestId('coalescing-chart').dataset['points'])).toBeGreaterThan(30);
  expect(said('duplicates')).toContain('31,471 calls in flight twice');
  expect(said('own-coalescing')).toContain('214 polls of a source and 31 reads of its query cache');
  await fireEvent.dblClick(rowWith('duplicate', 'announcements'));
  expect(location.place).toEqual({
    page: 'queries',
    params: { replay: '7', query: '8f1c20aa00003dde' },
  });
});

test('with many instances the list names the lines of the chart', async () => {
  await open(CachePage, 'many', 'cache?view=coalescing');
  expect((await screen.findByTestId('coalesced')).textContent).toContain('10 instances');
  expect(screen.getByText(/9 instances/)).toBeTruthy();
  expect(totalAt([], null)).toBeNull();
  const line = (values: (number | null)[]) => ({
    name: '',
    unit: 'per_second' as const,
    origin: '',
    values,
    highs: null,
  });
  const lines = [line([1, null]), line([2, null])];
  expect([totalAt(lines, 0), totalAt(lines, 1)]).toEqual([3, null]);
});

test('no replay, no duplicates, no instance', async () => {
  await open(CachePage, 'first-start', 'cache?view=coalescing');
  expect(await screen.findByTestId('no-duplicates-replay')).toBeTruthy();
  expect(screen.getByTestId('no-instances')).toBeTruthy();
  document.body.replaceChildren();
  await open(CachePage, 'nothing-cacheable', 'cache?view=coalescing');
  expect(await screen.findByTestId('no-duplicates')).toBeTruthy();
});

test('a probe says first what it costs, then what each endpoint should change', async () => {
  const mock = createMock('leak');
  const probeCompression = vi.fn(mock.probeCompression);
  await open(CachePage, 'leak', 'cache?view=compression', { ...mock, probeCompression });
  await screen.findByTestId('probe-form');
  expect(said('probe-cost')).toContain('3 requests, GET only');
  expect(said('probe-cost')).toContain('leaks one APM transaction');
  await type('probe-paths', '/metrics\n/api/health\n');
  expect(said('probe-cost')).toContain('3 requests of the 100 in 15 min');
  await fireEvent.click(screen.getByTestId('probe-run'));
  expect(screen.getByTestId('probe-progress')).toBeTruthy();
  await screen.findByTestId('probe-result');
  expect(probeCompression).toHaveBeenCalledExactlyOnceWith({
    source: 'panel-eu-1',
    paths: ['/metrics', '/api/health'],
  });
  const endpoints = screen.getAllByTestId('endpoint');
  expect(endpoints.map(({ dataset }) => dataset['verdict'])).toEqual(['missing', 'needless']);
  expect(endpoints[0]?.textContent).toContain('145 kB are sent as they are');
  expect(said('probe-less')).toContain('93%');
  await waitFor(() => expect(screen.queryByTestId('probe-progress')).toBeNull());
});

test('paths that make no sense are not asked; a probe that fails says why', async () => {
  const probeCompression = vi.fn(() =>
    Promise.reject({ code: 'rate_limited', message: 'panel-eu-1 answered 429.', remedy: null }),
  );
  await open(CachePage, 'leak', 'cache?view=compression', { probeCompression });
  await screen.findByTestId('probe-form');
  await type('probe-paths', 'https://elsewhere.example.com/');
  expect(said('probe-error')).toContain('is no path');
  await fireEvent.click(screen.getByTestId('probe-run'));
  expect(probeCompression).not.toHaveBeenCalled();
  await type('probe-paths', '/metrics');
  await fireEvent.click(screen.getByTestId('probe-run'));
  expect((await screen.findByTestId('probe-problem')).textContent).toContain('answered 429');
});

test('the last probe is there when the page opens, and what was asked is asked again', async () => {
  await open(CachePage, 'many', 'cache?view=compression&instance=panel-eu-1');
  await screen.findByTestId('probe-result');
  expect(screen.getByTestId<HTMLTextAreaElement>('probe-paths').value.split('\n')).toHaveLength(5);
  expect(said('endpoint-problem')).toContain('answered 404');
  document.body.replaceChildren();
  await open(CachePage, 'first-start', 'cache?view=compression');
  expect(screen.getByTestId('no-instance')).toBeTruthy();
});

test('what the consoles of the team share, and how it is read anew', async () => {
  const mock = createMock('leak');
  const warmSharedRead = vi.fn(mock.warmSharedRead);
  await open(CachePage, 'leak', 'cache?view=shared', { ...mock, warmSharedRead });
  expect((await screen.findByTestId('team-cache')).textContent).toContain('in cache-eu');
  expect(said('team-ratio')).toContain('92%');
  expect(rowWith('shared-read', 'Slow health').textContent).toContain('3 min ago, from Redis');
  expect(rowWith('shared-read', 'Catalog').textContent).toContain('not there');
  await fireEvent.click(rowWith('shared-read', 'Catalog').querySelector('button') as HTMLElement);
  expect(warmSharedRead).toHaveBeenCalledWith('billing-db', 'index_catalog');
  await waitFor(() => expect(rowWith('shared-read', 'Catalog').textContent).toContain('read here'));
});

test('no team cache names the setting; a dead one says that the console reads for itself', async () => {
  await open(CachePage, 'no-team-cache', 'cache?view=shared');
  await screen.findByTestId('no-team-cache');
  await fireEvent.click(screen.getByTestId('go-settings'));
  expect(location.place.page).toBe('settings');
  document.body.replaceChildren();
  await open(CachePage, 'dead', 'cache?view=shared');
  expect((await screen.findByTestId('team-problem')).textContent).toContain('reads for itself');
  expect(screen.getByTestId('team-bypassed').dataset['tone']).toBe('warning');
});

test('a read that is refused says why', async () => {
  const warmSharedRead = () =>
    Promise.reject({ code: 'timeout', message: 'It took too long.', remedy: null });
  await open(CachePage, 'leak', 'cache?view=shared', { warmSharedRead });
  await screen.findByTestId('shared-reads');
  await fireEvent.click(screen.getAllByTestId('warm')[0] as HTMLElement);
  expect((await screen.findByTestId('warm-problem')).textContent).toContain('It took too long.');
});

test.each([
  ['', 'Enter a path'],
  ['metrics', 'is no path'],
  ['//evil.example.com', 'is no path'],
  ['/a b', 'is no path'],
  [Array.from({ length: 21 }, (_, i) => `/${i}`).join('\n'), 'At most 20'],
])('%s is not asked', (text, told) => expect(checkPaths(pathsIn(text))).toContain(told));

test('paths, costs and sizes', () => {
  expect(pathsIn(' /metrics \n\n/a?x=1\n/metrics')).toEqual(['/metrics', '/a?x=1']);
  expect(checkPaths(['/', '/a?x=1'])).toBeUndefined();
  expect(probeCost(['/metrics'], 'prometheus')).toHaveLength(1);
  expect(probeCost(['/api/health', '/api/ready?full=1'], 'mpanel')[1]).toContain('6 requests of the 100');
  const of = (path: string) =>
    probed({ source: 'x', paths: [path] }, 0).endpoints.map((endpoint) => sizesOf(endpoint))[0];
  expect(of('/metrics')).toEqual({ plain: 148_204, now: 148_204, best: 10_440 });
  expect(of('/api/health')).toEqual({ plain: 412, now: 301, best: 412 });
  expect(of('/missing')).toBeNull();
});
