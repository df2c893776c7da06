// What lies in a Redis: the walk with its progress and its ends, and tags that are removed only when typed.
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { expect, test, vi } from 'vitest';
import { open } from '../../../test/open';
import { rowWith, said, type } from '../../../test/page';
import { keyspaceOf } from '../../api/fixtures/keyspace';
import type { Scenario } from '../../api/fixtures/scenario';
import { createMock } from '../../api/mock';
import { live } from '../../app/live.svelte';
import CachePage from './CachePage.svelte';
import {
  checkOptions,
  costWords,
  optionFields,
  optionsOf,
  partWords,
  walkedRatio,
  walkWords,
} from './keyspace';

const PLACE = 'cache?view=keys';

async function opened(scenario: Scenario = 'leak', overrides = {}) {
  const host = await open(CachePage, scenario, PLACE, overrides);
  await screen.findByTestId('walk-summary');
  return host;
}

test('what the walk found, by prefix, type and age, and what it cost the server', async () => {
  await opened();
  expect(said('walk-keys')).toContain('184,212');
  expect(said('walk-summary')).toContain('512 ms of its processor (6.4% of one core)');
  expect(screen.getAllByTestId('prefix')[0]?.textContent).toContain('query:*');
  expect(said('by-type')).toContain('string');
  expect(said('by-ttl')).toContain('none');
  expect(said('by-idle')).toContain('over 1 h');
  expect(screen.getAllByTestId('big-key')[0]?.textContent).toContain('queue:emails');
  expect(said('layout-intended')).toContain('141,204 results of queries under 42 tags');
});

test('a walk is begun at the usual pace, shows how far it is, and is stopped', async () => {
  const mock = createMock('not-walked');
  const walkKeyspace = vi.fn(mock.walkKeyspace);
  const cancelKeyspace = vi.fn(mock.cancelKeyspace);
  await open(CachePage, 'not-walked', PLACE, {
    walkKeyspace,
    cancelKeyspace,
    cachePage: mock.cachePage,
  });
  const stop = await mock.onEvents((events) => live.receive(events));
  await screen.findByTestId('not-walked');
  await fireEvent.click(screen.getByTestId('walk-start'));
  expect(walkKeyspace).toHaveBeenCalledWith('cache-eu', null);
  expect((await screen.findByTestId('progress-words')).textContent).toContain('of 184,212 keys');
  await waitFor(
    () => expect(Number(screen.getByTestId('progress').getAttribute('aria-valuenow'))).toBeGreaterThan(0),
    { timeout: 4000 },
  );
  await fireEvent.click(screen.getByTestId('walk-cancel'));
  expect(cancelKeyspace).toHaveBeenCalledWith('cache-eu');
  expect((await screen.findByTestId('walk-cancelled')).textContent).toContain('seen until then');
  await waitFor(() => expect(screen.queryByTestId('progress')).toBeNull());
  stop();
  expect(screen.getByTestId('walk-start').textContent).toContain('Walk again');
});

test('another pace is sent with it; one that makes no sense is not', async () => {
  const walkKeyspace = vi.fn(async () => {});
  await opened('leak', { walkKeyspace });
  await type('walk-budget', '0');
  expect(screen.getByTestId('walk-budget-error')).toBeTruthy();
  expect(screen.getByTestId<HTMLButtonElement>('walk-start').disabled).toBe(true);
  await type('walk-budget', '5');
  await type('walk-measured', '50000');
  await fireEvent.click(screen.getByTestId('walk-start'));
  expect(walkKeyspace).toHaveBeenCalledWith('cache-eu', { budget: 0.05, measured_keys: 50_000 });
});

test('a walk that is refused says why', async () => {
  const walkKeyspace = () =>
    Promise.reject({ code: 'permission', message: 'SCAN is not allowed.', remedy: null });
  await opened('leak', { walkKeyspace });
  await fireEvent.click(screen.getByTestId('walk-start'));
  expect((await screen.findByTestId('walk-problem')).textContent).toContain('SCAN is not allowed.');
});

test('a walk that failed keeps what it saw; an empty database is no failure', async () => {
  await opened('walk-failed');
  expect(said('walk-failed')).toContain('was lost. The walk ended after 77,369 of 184,212 keys');
  expect(screen.getByTestId('prefixes')).toBeTruthy();
  document.body.replaceChildren();
  await opened('keyspace-empty');
  expect(said('walk-summary')).toContain('Database 0 holds no key');
  expect(screen.queryByTestId('prefixes')).toBeNull();
});

test('what may not be asked is unknown, not zero', async () => {
  await opened('degraded');
  expect(said('walk-bytes')).toContain('–');
  expect(said('walk-core')).toContain('–');
  expect(said('walk-lacks')).toContain('ACL SETUSER console +memory|usage');
  expect(rowWith('prefix', 'query:*').textContent).not.toContain('0 B');
});

test('100 prefixes are filtered; keys under others are counted', async () => {
  await opened('many');
  expect(said('prefixes')).toContain('100 prefixes');
  expect(said('prefixes-left-out')).toContain('12,004 keys');
  await type('prefix-filter', 'tenant:9');
  expect(screen.getAllByTestId('prefix').every((row) => row.textContent?.includes('tenant:9'))).toBe(true);
});

test('results in the names of keys are explained, with the change that mends it', async () => {
  await opened('broken-cache');
  expect(said('layout-broken')).toContain('41,204 entries keep the whole result in the name of the key');
  expect(said('layout-fix')).toContain('JSON.stringify(rows)');
  expect(screen.getAllByTestId('big-key').some((row) => row.textContent?.includes('name 2.1 MB'))).toBe(true);
});

test('a tag is removed after its keys were shown and its name was typed, and not before', async () => {
  const mock = createMock('leak');
  const invalidateTag = vi.fn(mock.invalidateTag);
  await opened('leak', { ...mock, invalidateTag });
  await fireEvent.click(rowWith('tag', 'products').querySelector('button') as HTMLElement);
  const confirm = screen.getByTestId<HTMLButtonElement>('remove-tag-confirm');
  await type('remove-tag-name', 'products');
  expect((await screen.findByTestId('tag-preview')).textContent).toContain('41,204 keys');
  expect(screen.getByTestId('tag-keys').textContent).toContain('query:8f1c20aa41be77d0');
  expect(screen.getByTestId('tag-keys').textContent).toContain('and 41,184 more');
  await type('remove-tag-name', 'product');
  expect(confirm.disabled).toBe(true);
  await type('remove-tag-name', 'products');
  await fireEvent.click(confirm);
  expect(invalidateTag).toHaveBeenCalledExactlyOnceWith('cache-eu', 'products', 'products');
  expect((await screen.findByTestId('tag-removed')).textContent).toContain('12,773 keys');
  await waitFor(() => expect(rowWith('tag', 'product_categories')).toBeUndefined());
});

test('nothing is removed before it was shown, or where it could not be', async () => {
  const refused = () => Promise.reject({ code: 'timeout', message: 'It took too long.', remedy: null });
  const invalidateTag = vi.fn();
  await opened('leak', { previewTag: refused, invalidateTag });
  await fireEvent.click(rowWith('tag', 'products').querySelector('button') as HTMLElement);
  expect((await screen.findByTestId('tag-preview-problem')).textContent).toContain('It took too long.');
  await type('remove-tag-name', 'products');
  const confirm = screen.getByTestId<HTMLButtonElement>('remove-tag-confirm');
  expect(confirm.disabled).toBe(true);
  await fireEvent.click(confirm);
  expect(invalidateTag).not.toHaveBeenCalled();
});

test('where writing is not allowed, the buttons say so and the source is one step away', async () => {
  await opened('calm');
  expect(screen.getAllByTestId<HTMLButtonElement>('remove-tag').every(({ disabled }) => disabled)).toBe(true);
  expect(said('tags-obstacle')).toContain('may only read');
  expect(screen.getByText('Allow it for this source').getAttribute('href')).toBe(
    '#/sources?source=cache-eu&edit=yes',
  );
});

test('a walk in words', () => {
  const walk = keyspaceOf('leak', 'x', { type: 'running' }, 0, 4000, 0.5);
  expect(walkWords(walk)).toEqual([
    '92,106 of 184,212 keys',
    '23,027 keys/s',
    '4 s left',
    '6.4% of one core',
  ]);
  expect(walkedRatio(walk)).toBe(0.5);
  expect(walkedRatio({ ...walk, keys: 200_000 })).toBe(1);
  expect(walkedRatio({ ...walk, keys_expected: 0 })).toBeNull();
  expect(walkWords({ ...walk, took_ms: 0, keys: 0 })[0]).toBe('0 of 184,212 keys');
  expect(partWords({ ...walk, state: { type: 'cancelled' } })).toContain('stopped after 92,106 of 184,212');
  const hidden = { ...walk, cost: { ...walk.cost, server_ms: null, core_ratio: null } };
  expect(costWords(hidden)).not.toContain('processor');
});

test.each([
  [{}, [], null],
  [{ budget: '' }, ['budget'], undefined],
  [{ budget: '101' }, ['budget'], undefined],
  [{ measured: '10' }, ['measured'], undefined],
  [{ measured: '1.5' }, ['measured'], undefined],
  [{ budget: '51' }, ['budget'], undefined],
  [{ budget: '50' }, [], { budget: 0.5, measured_keys: 200_000 }],
])('a pace of %o', (over, told, wanted) => {
  const fields = { ...optionFields(), ...over };
  expect(Object.keys(checkOptions(fields))).toEqual(told);
  if (wanted !== undefined) expect(optionsOf(fields)).toEqual(wanted);
});
