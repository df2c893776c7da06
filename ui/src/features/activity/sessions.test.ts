// Sessions are narrowed, grouped and counted; what is hidden is not counted as idle.
import { expect, test } from 'vitest';
import { session } from '../../api/fixtures/activitySessions';
import type { ActivitySession } from '../../api/generated/ActivitySession';
import { annotated, factsOf } from './facts';
import {
  arrangeEntries,
  entriesOf,
  narrow,
  onlyOf,
  onlyStatement,
  sessionColumns,
  type GroupBy,
} from './sessions';
import { adviceOf } from './signals';
import { waitName, waitOf } from './waits';
import { stateWords } from './words';

const ALL: ActivitySession[] = [
  session(1, { application: 'a', statement: 'SELECT 1', transaction_seconds: 5 }),
  session(2, { application: 'b', state: 'idle', wait: { kind: 'Client', event: 'ClientRead' } }),
  session(3, { application: 'b', state: 'idle_in_transaction', transaction_seconds: 90, user: 'billing' }),
  session(4, { application: 'a', wait: { kind: 'Lock', event: 'tuple' }, transaction_seconds: 30 }),
  session(5, { application: '', backend_type: 'autovacuum worker', state: 'unknown', statement: 'VACUUM t' }),
  session(6, { application: 'c', state: 'unknown', backend_type: '' }),
];
const pids = (sessions: ActivitySession[]) => sessions.map(({ pid }) => pid);

test.each([
  [{}, [1, 3, 4, 5, 6]],
  [{ idle: true }, [1, 2, 3, 4, 5, 6]],
  [{ text: 'lock: TUPLE' }, [4]],
  [{ text: 'billing' }, [1, 3, 4, 5, 6]],
  [{ text: 'vacuum' }, [5]],
  [{ text: 'nobody' }, []],
  [{ only: { by: 'application' as const, key: 'a', name: 'a' } }, [1, 4]],
  [{ only: { by: 'application' as const, key: '', name: 'none' } }, [5]],
  [{ only: { by: 'wait_event' as const, key: 'CPU', name: 'CPU' } }, [1, 5]],
])('%j leaves %j', (over, wanted) => {
  expect(pids(narrow(ALL, { text: '', idle: false, only: null, ...over }))).toEqual(wanted);
});

test.each([
  ['wait_event', 'Lock: tuple', null, 'Lock: tuple'],
  ['application', 'no application name', null, ''],
  ['statement', 'SELECT 1', 'abc', 'abc'],
  ['statement', 'no good comes of it', 'def', 'def'],
] as const)('a top by %s, %s, shows its sessions', (by, name, fingerprint, key) => {
  expect(onlyOf(by, name, fingerprint)?.key).toBe(key);
});

test('what is left of a top is no value of its own', () => {
  expect(onlyOf('application', 'other applications', null)).toBeNull();
});

test.each([
  [1, 'cpu', 'CPU'],
  [2, null, null],
  [3, 'idle_in_transaction', 'idle in transaction'],
  [4, 'lock', 'Lock: tuple'],
  [5, 'cpu', 'CPU'],
  [6, null, null],
])('session %d waits as %s, "%s"', (pid, wait, name) => {
  const one = ALL[pid - 1] as ActivitySession;
  expect(waitOf(one)).toBe(wait);
  expect(waitName(one)).toBe(name);
});

test('states: hidden is not idle, a process of the server is in the background', () => {
  expect(ALL.map((one) => stateWords(one).text)).toEqual([
    'active',
    'idle',
    'idle in transaction',
    'active',
    'background',
    'hidden',
  ]);
});

const arranged = (by: GroupBy | null, key: string, opened: string[] = []) =>
  arrangeEntries(
    entriesOf(ALL, by, new Set(opened)),
    sessionColumns(0, by),
    { key, descending: true },
    '',
  ).map((entry) => (entry.type === 'group' ? `${entry.name} ${entry.members.length}` : entry.session.pid));

test('groups are counted, open, and keep their members under them however they are sorted', () => {
  expect(arranged('application', 'group')).toEqual(['a 2', 'b 2', 'autovacuum worker 1', 'c 1']);
  expect(arranged('application', 'transaction', ['group a', 'group b'])).toEqual([
    'b 2',
    3,
    2,
    'a 2',
    4,
    1,
    'autovacuum worker 1',
    'c 1',
  ]);
  expect(arranged(null, 'transaction')).toEqual([3, 4, 1, 2, 5, 6]);
});

test('where there is little room, columns that the detail tells give way', () => {
  const keys = (width: number, by: GroupBy | null = null) => sessionColumns(width, by).map(({ key }) => key);
  expect(keys(1190)).toContain('client');
  expect(keys(850)).not.toContain('client');
  expect(keys(850)).toContain('statement');
  expect(keys(850, 'application')).not.toContain('application');
  expect(keys(850, 'application')).toContain('group');
});

const advised = (one: ActivitySession) =>
  adviceOf({ key: String(one.pid), session: one, row: null, holder: null });

test.each([
  [1, ['cancel', 'terminate'], 'SELECT pg_cancel_backend(1);'],
  [2, ['terminate'], 'SELECT pg_terminate_backend(2);'],
  [3, ['terminate'], 'SELECT pg_terminate_backend(3);'],
  [6, [], expect.stringContaining('FROM pg_stat_activity WHERE pid = 6')],
])('session %d can be sent %j', (pid, signals, sql) => {
  expect(advised(ALL[pid - 1] as ActivitySession)).toMatchObject({ signals, sql });
});

test('the server’s own processes are not ended', () => {
  const checkpointer = session(7, { backend_type: 'checkpointer', state: 'unknown' });
  expect(advised(checkpointer)).toMatchObject({ signals: [], sql: '' });
});

test('a statement says when it began and what came after; facts that are not known are left out', () => {
  const moment = { at: new Date(2026, 10, 23, 10, 1, 22).getTime() } as never;
  const silent = session(3, {
    state: 'idle_in_transaction',
    statement: 'UPDATE t SET a = $1',
    statement_seconds: 252,
  });
  expect(annotated(silent, moment)).toBe('UPDATE t SET a = $1;   -- 09:57:10, then silence');
  expect(annotated(session(4, {}), moment)).toBeNull();
  expect(annotated({ ...silent, truncated: true }, moment)).toContain('only this much');
  const names = factsOf(session(6, { state: 'unknown', connected_seconds: null, client: null }), null).map(
    ({ name }) => name,
  );
  expect(names).toEqual(['State', 'User', 'Database', 'Client']);
});

test('a statement that another page names by its fingerprint narrows the sessions to those that run it', () => {
  const all = [
    session(1, { statement: 'SELECT 1', fingerprint: 'abc' }),
    session(2, { statement: 'SELECT 2', fingerprint: 'def' }),
  ];
  const only = onlyStatement('abc', all);
  expect(only?.name).toBe('SELECT 1');
  expect(narrow(all, { text: '', idle: true, only }).map(({ pid }) => pid)).toEqual([1]);
  // Nobody runs it any more: nobody is shown, and it is said which one was meant.
  const gone = onlyStatement('123', all);
  expect(gone?.name).toBe('123');
  expect(narrow(all, { text: '', idle: true, only: gone })).toEqual([]);
  expect(onlyStatement(undefined, all)).toBeNull();
});
