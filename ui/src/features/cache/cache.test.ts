// The Cache page about one Redis: figures, checks, nodes, slow log, and every state that it can be in.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { open } from '../../../test/open';
import { rowWith, said, type } from '../../../test/page';
import type { Scenario } from '../../api/fixtures/scenario';
import { createMock } from '../../api/mock';
import { live } from '../../app/live.svelte';
import { location } from '../../app/location.svelte';
import { chosenSource, placeOf, viewOf } from './cache.svelte';
import CachePage from './CachePage.svelte';
import { roleWords, thresholdWords } from './nodes';

async function opened(scenario: Scenario = 'leak', place = 'cache', overrides = {}) {
  const host = await open(CachePage, scenario, place, overrides);
  await screen.findByTestId('cache-head');
  return host;
}

test('how the cache serves, what is wrong with it, and the command that mends it, to be copied', async () => {
  const writeText = vi.fn(async (_text: string) => {});
  Object.defineProperty(navigator, 'clipboard', { value: { writeText }, configurable: true });
  await opened();
  expect(screen.getByTestId('cache-memory').dataset['tone']).toBe('warning');
  for (const code of ['hit_ratio', 'lookups', 'memory', 'evictions']) {
    expect(Number(screen.getByTestId(`cache-chart-${code}`).dataset['points'])).toBeGreaterThan(30);
  }
  expect(said('cache-checks')).toContain('2 of 7 checks need attention');
  expect(screen.getAllByTestId('cache-check')[0]?.textContent).toContain('3.9 GB of 4 GB');
  await fireEvent.click(screen.getAllByTestId('copy-command')[0] as HTMLElement);
  expect(writeText).toHaveBeenCalledWith('CONFIG SET maxmemory 6gb');
  expect(said('fine-checks')).toContain('4 checks fine');
});

test('instances tell of their query cache, or why they cannot', async () => {
  await opened();
  expect(screen.getAllByTestId('instance-cache')).toHaveLength(3);
  expect(rowWith('instance-cache', 'panel-us-1').textContent).toContain('registries are not merged');
});

test('a node that is chosen shows its own facts, clients and commands, and is in the address', async () => {
  await opened('gaps');
  expect(said('node-facts')).toContain('allkeys-lru');
  expect(rowWith('client', 'events').textContent).toContain('3 subscribed');
  expect(rowWith('node', 'cache-eu-3').textContent).toContain('link down for 44 s');
  await fireEvent.click(rowWith('node', 'cache-eu-3'));
  expect(location.place.params['node']).toBe('cache-eu-3.internal:6379');
  expect(said('commands')).toContain('since cache-eu-3.internal:6379 started');
});

test('200 slow commands are filtered; what was missed is counted, with what keeps more', async () => {
  await opened('many');
  expect(said('slow-log')).toContain('200 entries');
  expect(said('slow-missed')).toContain('412 entries');
  expect(said('slow-missed')).toContain('CONFIG SET slowlog-max-len 1024');
  await type('slow-filter', 'hgetall');
  expect(screen.getAllByTestId('slow')).toHaveLength(40);
});

test('without CLIENT LIST clients are counted, and the right that names them is told', async () => {
  await opened('degraded');
  expect(said('clients')).toContain('84 clients');
  expect(said('clients')).toContain('ACL SETUSER console +client|list');
  expect(said('server-lacks')).toContain('may not run CLIENT LIST');
  expect(said('slow-log')).toContain('the threshold is not known');
});

test('of a server that is silent the last figures stay, with their age', async () => {
  await opened('dead');
  expect(said('server-problem')).toMatch(/cache-eu, last answered 4\d s ago: .*refused/);
  expect(said('cache-head')).toMatch(/Last known 4\d s ago/);
  expect(said('cache-keys')).toContain('184,253');
});

test('no Redis, one that was removed, one that connects, loading and failing', async () => {
  await open(CachePage, 'no-redis', 'cache');
  expect(screen.getByTestId('no-redis')).toBeTruthy();
  // What instances say of their own caches needs no Redis source.
  expect(await screen.findByTestId('instance-caches')).toBeTruthy();
  document.body.replaceChildren();
  await open(CachePage, 'leak', 'cache?source=nowhere');
  expect(await screen.findByTestId('server-gone')).toBeTruthy();
  document.body.replaceChildren();
  await open(CachePage, 'empty', 'cache');
  expect(await screen.findByTestId('not-answered')).toBeTruthy();
  document.body.replaceChildren();
  await open(CachePage, 'loading', 'cache');
  expect(screen.getByTestId('loading')).toBeTruthy();
  document.body.replaceChildren();
  await open(CachePage, 'error', 'cache');
  expect((await screen.findByTestId('page-problem')).textContent).toContain('could not be read');
});

test('where nothing is wrong, what was looked at is there to be read', async () => {
  await opened('calm');
  expect(said('cache-checks')).toContain('4 checks, none needs attention');
  expect(screen.getByTestId<HTMLDetailsElement>('fine-checks').open).toBe(true);
  expect(said('slow-log')).toContain('No command was slow');
});

test('another view keeps what the page is about; another Redis keeps the view', async () => {
  await opened('many', 'cache?source=cache-eu&node=x');
  await fireEvent.click(screen.getByTestId('cache-view-keys'));
  expect(location.place.params).toEqual({ source: 'cache-eu', view: 'keys' });
  await fireEvent.change(screen.getByTestId('cache-server'), { target: { value: 'cache-ap' } });
  expect(location.place.params).toEqual({ source: 'cache-ap', view: 'keys' });
});

test('a poll brings new figures', async () => {
  const mock = createMock('leak');
  const cachePage = vi.fn(mock.cachePage);
  await opened('leak', 'cache', { cachePage });
  const asked = cachePage.mock.calls.length;
  live.receive([{ type: 'polled', source: 'cache-eu', at: Date.now() }]);
  await waitFor(() => expect(cachePage.mock.calls.length).toBeGreaterThan(asked), { timeout: 3000 });
});

test('views, places and words', async () => {
  expect([viewOf('keys'), viewOf('nonsense'), viewOf(undefined)]).toEqual(['keys', 'cache', 'cache']);
  expect(placeOf({ source: 'a', replay: '7', node: 'x', statement: 'y' }, 'advice')).toEqual({
    source: 'a',
    replay: '7',
    view: 'advice',
  });
  const known = (await createMock('many').sourcesList()).filter(({ config }) => config.kind === 'redis');
  expect(chosenSource(known, undefined).status?.config.id).toBe('cache-eu');
  expect(chosenSource(known, 'cache-ap')).toMatchObject({ gone: false });
  expect(chosenSource(known, 'x')).toMatchObject({ status: null, gone: true });
  const replica = { type: 'replica', primary: 'a', behind_bytes: 2048, down_seconds: null } as const;
  expect(roleWords({ ...replica, link_up: true }).text).toBe('replica, 2 kB behind');
  expect(roleWords({ ...replica, link_up: false }).tone).toBe('critical');
  expect([10_000, -1, null].map(thresholdWords)).toEqual([
    'slower than 10 ms',
    'switched off on the server',
    'the threshold is not known: CONFIG GET is not allowed',
  ]);
});
