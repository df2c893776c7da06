// What is typed becomes exactly one draft, and a stored source becomes the form that made it.
import { expect, test } from 'vitest';
import type { Connection } from '../../api/generated/Connection';
import type { RedisConnection } from '../../api/generated/RedisConnection';
import type { RedisTopology } from '../../api/generated/RedisTopology';
import type { SourceConfig } from '../../api/generated/SourceConfig';
import { addressOf } from './address';
import { check, draftOf, emptyFields, fieldsOf, withKind, type SourceFields } from './sourceForm';

const filled = (over: Partial<SourceFields>): SourceFields => ({
  ...emptyFields('postgres'),
  name: ' billing-db ',
  host: 'db.internal',
  user: 'console',
  ...over,
});

const config = (connection: Connection, over: Partial<SourceConfig> = {}): SourceConfig => ({
  id: 'x',
  name: 'x',
  kind: connection.type === 'http' ? 'mpanel' : connection.type === 'redis' ? 'redis' : 'postgres',
  connection,
  interval_ms: 2500,
  enabled: false,
  upstream: null,
  application_name: null,
  pool_max: null,
  secret: null,
  allow_index_builds: false,
  allow_signals: false,
  allow_cache_writes: false,
  ...over,
});

test('fields make a draft with numbers, trimmed, and nothing for what is empty', () => {
  expect(draftOf(filled({ passwordText: 's3cret', interval: '2.5' }))).toEqual({
    id: null,
    name: 'billing-db',
    kind: 'postgres',
    connection: {
      type: 'fields',
      host: 'db.internal',
      port: 5432,
      database: 'postgres',
      user: 'console',
      tls: 'verify_full',
      root_certificate: null,
    },
    interval_ms: 2500,
    enabled: true,
    upstream: null,
    application_name: null,
    pool_max: null,
    allow_index_builds: false,
    allow_signals: false,
    allow_cache_writes: false,
    password: { type: 'set', password: 's3cret' },
  });
});

const redis = (
  nodes: string[],
  topology: RedisTopology,
  over: Partial<RedisConnection> = {},
): { type: 'redis' } & RedisConnection => ({
  type: 'redis',
  nodes,
  topology,
  database: 0,
  user: null,
  tls: 'verify_full',
  root_certificate: null,
  ...over,
});

const CONNECTIONS: Connection[] = [
  {
    type: 'fields',
    host: 'h',
    port: 1,
    database: 'd',
    user: 'u',
    tls: 'verify_ca',
    root_certificate: '/ca.pem',
  },
  { type: 'url', url: 'postgresql://u@h/d' },
  { type: 'service', name: 'billing' },
  { type: 'environment' },
  { type: 'http', url: 'https://p', auth: { type: 'basic', user: 'u' }, root_certificate: null },
  { type: 'http', url: 'https://p', auth: { type: 'bearer' }, root_certificate: '/ca.pem' },
  { type: 'http', url: 'http://p', auth: { type: 'none' }, root_certificate: null },
  redis(['/run/redis.sock'], { type: 'single' }, { database: 3, tls: 'disable' }),
  redis(['a', '[::1]:26379'], { type: 'sentinel', service: 'mymaster', authenticated: true }, { user: 'u' }),
  redis(['a:1', 'b:2', 'c'], { type: 'cluster' }, { root_certificate: '/ca.pem' }),
];

test.each(CONNECTIONS)('$type survives the way through the form', (connection) => {
  const draft = draftOf(fieldsOf(config(connection)));
  expect(draft.connection).toEqual(connection);
  expect(draft).toMatchObject({ id: 'x', interval_ms: 2500, enabled: false });
});

test('a stored password is kept unless something else is chosen', () => {
  const fields = fieldsOf(config({ type: 'environment' }, { secret: 'source/x' }));
  expect(fields.passwordText).toBe('');
  expect(draftOf(fields).password).toEqual({ type: 'keep' });
  expect(draftOf({ ...fields, password: 'none' }).password).toEqual({ type: 'none' });
  expect(draftOf({ ...fields, password: 'set', passwordText: 'new' }).password).toEqual({
    type: 'set',
    password: 'new',
  });
});

test('an empty password is none, and HTTP without authentication sends none', () => {
  expect(draftOf(filled({ passwordText: '' })).password).toEqual({ type: 'none' });
  const http = withKind(filled({ passwordText: 'left over' }), 'mpanel');
  expect(draftOf({ ...http, httpUrl: 'https://p' }).password).toEqual({ type: 'none' });
});

test('what only an application has is not sent for a database', () => {
  const draft = draftOf(filled({ applicationName: 'panel', poolMax: '10', upstream: 'other' }));
  expect(draft).toMatchObject({ application_name: null, pool_max: null, upstream: null });
  const panel = withKind(filled({}), 'mpanel');
  expect(
    draftOf({ ...panel, httpUrl: 'https://p', applicationName: 'panel', poolMax: '10', upstream: 'b' }),
  ).toMatchObject({
    application_name: 'panel',
    pool_max: 10,
    upstream: 'b',
  });
});

test('only a PostgreSQL may be allowed to build indexes, and only when it was said', () => {
  const allowed = fieldsOf(config({ type: 'environment' }, { allow_index_builds: true }));
  expect(draftOf(allowed).allow_index_builds).toBe(true);
  expect(draftOf(fieldsOf(config({ type: 'environment' }))).allow_index_builds).toBe(false);
  expect(draftOf(withKind(allowed, 'pgbouncer')).allow_index_builds).toBe(false);
});

test('only a Redis may be allowed to lose cached results, and only when it was said', () => {
  const allowed = fieldsOf(config(redis(['a'], { type: 'single' }), { allow_cache_writes: true }));
  expect(draftOf(allowed).allow_cache_writes).toBe(true);
  expect(draftOf(withKind(allowed, 'postgres')).allow_cache_writes).toBe(false);
  expect(draftOf(fieldsOf(config(redis(['a'], { type: 'single' })))).allow_cache_writes).toBe(false);
});

test('a cluster has one database, whatever was typed before', () => {
  const fields = fieldsOf(config(redis(['a'], { type: 'single' }, { database: 3 })));
  expect(draftOf({ ...fields, topology: 'cluster' }).connection).toMatchObject({ database: 0 });
});

test.each([
  [{ nodes: '' }, ['nodes']],
  [{ nodes: ' , ' }, ['nodes']],
  [{ nodes: 'a, b' }, ['nodes']],
  [{ nodes: 'redis://a' }, ['nodes']],
  [{ nodes: 'a:70000' }, ['nodes']],
  [{ nodes: 'user@a' }, ['nodes']],
  [{ redisDatabase: 'x' }, ['redisDatabase']],
  [{ topology: 'cluster', nodes: 'a, b', redisDatabase: 'x' }, []],
  [{ topology: 'sentinel' }, ['sentinelService']],
  [{ way: 'url', url: 'postgresql://a' }, ['url']],
  [{ way: 'url', url: 'rediss://u@a:6380/1' }, []],
  [{ way: 'url', url: 'redis+unix:///run/redis.sock?db=1' }, []],
] as [Partial<SourceFields>, string[]][])('of a Redis, %o is told at %s', (over, told) => {
  const fields = { ...emptyFields('redis'), name: 'cache', nodes: 'a', ...over };
  expect(Object.keys(check(fields))).toEqual(told);
});

test('another kind takes its own defaults but keeps what was typed', () => {
  expect(withKind(filled({}), 'pgbouncer')).toMatchObject({
    port: '6432',
    database: 'pgbouncer',
    host: 'db.internal',
  });
  expect(withKind(filled({ port: '7000' }), 'pgbouncer').port).toBe('7000');
  expect(withKind(filled({ way: 'service' }), 'pgbouncer').way).toBe('fields');
});

test.each([
  [{ name: ' ' }, 'name'],
  [{ host: '' }, 'host'],
  [{ port: '70000' }, 'port'],
  [{ port: 'abc' }, 'port'],
  [{ user: '' }, 'user'],
  [{ way: 'url', url: 'db.internal' }, 'url'],
  [{ way: 'service', service: '' }, 'service'],
  [{ interval: '0.5' }, 'interval'],
  [{ interval: '' }, 'interval'],
  [{ poolMax: '-1' }, 'poolMax'],
] as [Partial<SourceFields>, string][])('%o is told at %s', (over, field) => {
  expect(Object.keys(check(filled(over)))).toEqual([field]);
});

test('a complete form has nothing wrong with it', () => {
  expect(check(filled({}))).toEqual({});
});

test('an address never shows a password', () => {
  expect(addressOf({ type: 'url', url: 'postgresql://u:secret@h/d' })).toBe('postgresql://u@h/d');
  expect(addressOf({ type: 'url', url: 'redis+unix:///run/r.sock?db=1&pass=secret' })).toBe(
    'redis+unix:///run/r.sock?db=1',
  );
  expect(addressOf({ type: 'url', url: 'rediss://:secret@h/0?password=secret' })).toBe('rediss://@h/0');
});
