// Late answers are dropped, refreshes are spaced, failures leave the data that was there.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Resource } from './resource.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function controlled() {
  const pending: { args: string; answer: (value: string) => void; fail: (e: unknown) => void }[] = [];
  const resource = new Resource<string, string>(
    (args) => new Promise((answer, fail) => pending.push({ args, answer, fail })),
  );
  return { pending, resource };
}
const settle = () => vi.advanceTimersByTimeAsync(0);

test('the answer to an earlier question never overwrites a later one', async () => {
  const { pending, resource } = controlled();
  resource.ask(() => 'old');
  resource.ask(() => 'new');
  pending[1]?.answer('new data');
  await settle();
  pending[0]?.answer('old data');
  await settle();
  expect(resource.data).toBe('new data');
});

test('a late failure of an earlier question is not shown either', async () => {
  const { pending, resource } = controlled();
  resource.ask(() => 'old');
  resource.ask(() => 'new');
  pending[1]?.answer('new data');
  pending[0]?.fail(new Error('late'));
  await settle();
  expect(resource.problem).toBeNull();
});

test('many refreshes within a second are one', async () => {
  const { pending, resource } = controlled();
  resource.ask(() => 'a');
  pending[0]?.answer('1');
  await settle();
  for (let i = 0; i < 20; i += 1) resource.refresh();
  await vi.advanceTimersByTimeAsync(999);
  expect(pending).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2);
  expect(pending).toHaveLength(2);
});

test('a refresh that comes while one is under way happens after it', async () => {
  const { pending, resource } = controlled();
  resource.ask(() => 'a');
  resource.refresh();
  await vi.advanceTimersByTimeAsync(5000);
  expect(pending).toHaveLength(1);
  pending[0]?.answer('1');
  await vi.advanceTimersByTimeAsync(1);
  expect(pending).toHaveLength(2);
});

test('a failure keeps the data and says why; the next success clears it', async () => {
  const { pending, resource } = controlled();
  resource.ask(() => 'a');
  pending[0]?.answer('1');
  await settle();
  resource.retry();
  pending[1]?.fail({ code: 'internal', message: 'disk', remedy: 'look' });
  await settle();
  expect(resource.data).toBe('1');
  expect(resource.problem).toEqual({ code: 'internal', message: 'disk', remedy: 'look' });
  resource.retry();
  pending[2]?.answer('2');
  await settle();
  expect([resource.data, resource.problem]).toEqual(['2', null]);
});

test('another subject forgets the data of the one before; a stopped resource asks no more', async () => {
  const { pending, resource } = controlled();
  resource.ask(() => 'a');
  pending[0]?.answer('1');
  await settle();
  resource.ask(() => 'b', true);
  expect(resource.loading).toBe(true);
  resource.stop();
  pending[1]?.answer('2');
  resource.refresh();
  await vi.advanceTimersByTimeAsync(5000);
  expect(resource.data).toBeNull();
  expect(pending).toHaveLength(2);
});

test('seeking asks one after the other, and of those that come meanwhile only the newest', async () => {
  const { pending, resource } = controlled();
  for (const question of ['a', 'b', 'c']) resource.seek(() => question);
  expect(pending.map(({ args }) => args)).toEqual(['a']);
  pending[0]?.answer('of a');
  await settle();
  expect(resource.data).toBe('of a');
  expect(pending.map(({ args }) => args)).toEqual(['a', 'c']);
  pending[1]?.answer('of c');
  await settle();
  expect(resource.data).toBe('of c');
  expect(pending).toHaveLength(2);
});

test('a seek goes on after a failure', async () => {
  const { pending, resource } = controlled();
  resource.seek(() => 'a');
  resource.seek(() => 'b');
  pending[0]?.fail(new Error('no'));
  await settle();
  expect(pending.map(({ args }) => args)).toEqual(['a', 'b']);
});
