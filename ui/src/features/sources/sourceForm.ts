// The form of a source: what is typed, what is wrong with it, and the draft that it makes.
import type { Connection } from '../../api/generated/Connection';
import type { PasswordDraft } from '../../api/generated/PasswordDraft';
import type { RedisTopology } from '../../api/generated/RedisTopology';
import type { SourceConfig } from '../../api/generated/SourceConfig';
import type { SourceDraft } from '../../api/generated/SourceDraft';
import type { SourceKind } from '../../api/generated/SourceKind';
import type { TlsMode } from '../../api/generated/TlsMode';
import { checkRedis, redisConnection, redisFields } from './redisForm';

export type Way = Connection['type'];

/** Every field that any kind may show, as text, so that switching kind or way loses nothing. */
export interface SourceFields {
  id: string | null;
  name: string;
  kind: SourceKind;
  way: Way;
  host: string;
  port: string;
  database: string;
  user: string;
  tls: TlsMode;
  rootCertificate: string;
  /** Separated by commas. */
  nodes: string;
  topology: RedisTopology['type'];
  sentinelService: string;
  sentinelsAuthenticated: boolean;
  redisDatabase: string;
  redisUser: string;
  url: string;
  service: string;
  httpUrl: string;
  auth: 'none' | 'basic' | 'bearer';
  authUser: string;
  interval: string;
  enabled: boolean;
  upstream: string;
  applicationName: string;
  poolMax: string;
  allowIndexBuilds: boolean;
  allowSignals: boolean;
  allowCacheWrites: boolean;
  password: PasswordDraft['type'];
  passwordText: string;
  stored: boolean;
}

export type FieldErrors = Partial<Record<keyof SourceFields, string>>;

export const WAYS: Record<SourceKind, { value: Way; text: string }[]> = {
  mpanel: [{ value: 'http', text: 'HTTP' }],
  prometheus: [{ value: 'http', text: 'HTTP' }],
  postgres: [
    { value: 'fields', text: 'Fields' },
    { value: 'url', text: 'URL' },
    { value: 'service', text: 'Service' },
    { value: 'environment', text: 'Environment' },
  ],
  pgbouncer: [
    { value: 'fields', text: 'Fields' },
    { value: 'url', text: 'URL' },
  ],
  redis: [
    { value: 'redis', text: 'Fields' },
    { value: 'url', text: 'URL' },
  ],
};

const PORTS: Record<SourceKind, string> = {
  postgres: '5432',
  pgbouncer: '6432',
  redis: '',
  mpanel: '',
  prometheus: '',
};
const DATABASES: Record<SourceKind, string> = {
  postgres: 'postgres',
  pgbouncer: 'pgbouncer',
  redis: '',
  mpanel: '',
  prometheus: '',
};

/** Kinds that may stand behind a kind, on the way to the database. */
export const UPSTREAMS: Record<SourceKind, SourceKind[]> = {
  mpanel: ['pgbouncer', 'postgres'],
  prometheus: ['pgbouncer', 'postgres'],
  pgbouncer: ['postgres'],
  postgres: [],
  redis: [],
};

const URLS = {
  postgres: {
    begins: /^postgres(ql)?:\/\/.+/,
    example: 'Begin with postgresql://, then user@host:port/database.',
  },
  redis: {
    begins: /^(rediss?|redis\+unix):\/\/.+/,
    example: 'Begin with redis://, rediss:// for TLS, or redis+unix:// and the path of a socket.',
  },
};

export function emptyFields(kind: SourceKind = 'postgres'): SourceFields {
  return {
    id: null,
    name: '',
    kind,
    way: WAYS[kind][0]?.value ?? 'http',
    host: '',
    port: PORTS[kind],
    database: DATABASES[kind],
    user: '',
    tls: 'verify_full',
    rootCertificate: '',
    nodes: '',
    topology: 'single',
    sentinelService: '',
    sentinelsAuthenticated: false,
    redisDatabase: '0',
    redisUser: '',
    url: '',
    service: '',
    httpUrl: '',
    auth: 'none',
    authUser: '',
    interval: '5',
    enabled: true,
    upstream: '',
    applicationName: '',
    poolMax: '',
    allowIndexBuilds: false,
    allowSignals: false,
    allowCacheWrites: false,
    password: 'set',
    passwordText: '',
    stored: false,
  };
}

/** Another kind keeps what was typed, but not the defaults of the kind before. */
export function withKind(fields: SourceFields, kind: SourceKind): SourceFields {
  const ways = WAYS[kind];
  return {
    ...fields,
    kind,
    way: ways.some((way) => way.value === fields.way) ? fields.way : (ways[0]?.value ?? 'http'),
    port: fields.port === PORTS[fields.kind] ? PORTS[kind] : fields.port,
    database: fields.database === DATABASES[fields.kind] ? DATABASES[kind] : fields.database,
    upstream: '',
  };
}

export function fieldsOf(config: SourceConfig): SourceFields {
  const fields = emptyFields(config.kind);
  const stored = config.secret !== null;
  Object.assign(fields, {
    id: config.id,
    name: config.name,
    way: config.connection.type,
    interval: String(config.interval_ms / 1000),
    enabled: config.enabled,
    upstream: config.upstream ?? '',
    applicationName: config.application_name ?? '',
    poolMax: config.pool_max === null ? '' : String(config.pool_max),
    allowIndexBuilds: config.allow_index_builds,
    allowSignals: config.allow_signals,
    allowCacheWrites: config.allow_cache_writes,
    password: stored ? 'keep' : 'none',
    stored,
  } satisfies Partial<SourceFields>);
  return { ...fields, ...connectionFields(config.connection) };
}

function connectionFields(connection: Connection): Partial<SourceFields> {
  switch (connection.type) {
    case 'fields':
      return {
        host: connection.host,
        port: String(connection.port),
        database: connection.database,
        user: connection.user,
        tls: connection.tls,
        rootCertificate: connection.root_certificate ?? '',
      };
    case 'url':
      return { url: connection.url };
    case 'service':
      return { service: connection.name };
    case 'environment':
      return {};
    case 'http':
      return {
        httpUrl: connection.url,
        auth: connection.auth.type,
        authUser: connection.auth.type === 'basic' ? connection.auth.user : '',
        rootCertificate: connection.root_certificate ?? '',
      };
    case 'redis':
      return redisFields(connection);
  }
}

/** Whether the way that was chosen has a place for a password at all. */
export function takesPassword(fields: SourceFields): boolean {
  return fields.way === 'http' ? fields.auth !== 'none' : true;
}

export function check(fields: SourceFields): FieldErrors {
  const errors: FieldErrors = {};
  if (fields.name.trim() === '') errors.name = 'Give it a name, as the team calls it.';
  if (fields.way === 'fields') {
    if (fields.host.trim() === '') errors.host = 'Enter a host name, an address or a socket directory.';
    if (!whole(fields.port, 1, 65_535)) errors.port = 'A port is a number from 1 to 65535.';
    if (fields.user.trim() === '') errors.user = 'Enter the role to connect as.';
  }
  if (fields.way === 'redis') Object.assign(errors, checkRedis(fields));
  if (fields.way === 'url') {
    const { begins, example } = URLS[fields.kind === 'redis' ? 'redis' : 'postgres'];
    if (!begins.test(fields.url.trim())) errors.url = example;
  }
  if (fields.way === 'service' && fields.service.trim() === '') {
    errors.service = 'Enter a section name of pg_service.conf.';
  }
  if (fields.way === 'http') {
    if (!/^https?:\/\/[^/\s]+/.test(fields.httpUrl.trim()))
      errors.httpUrl = 'Begin with https:// or http://, then the host.';
    if (fields.auth === 'basic' && fields.authUser.trim() === '') errors.authUser = 'Enter the user name.';
  }
  const seconds = Number(fields.interval);
  if (!(seconds >= 1 && seconds <= 3600)) errors.interval = 'From 1 to 3600 seconds.';
  if (fields.poolMax.trim() !== '' && !whole(fields.poolMax, 1, 100_000))
    errors.poolMax = 'A whole number, or nothing.';
  return errors;
}

function whole(text: string, low: number, high: number): boolean {
  return /^\d+$/.test(text.trim()) && Number(text) >= low && Number(text) <= high;
}

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());

export function draftOf(fields: SourceFields): SourceDraft {
  const application = fields.kind === 'mpanel' || fields.kind === 'prometheus';
  return {
    id: fields.id,
    name: fields.name.trim(),
    kind: fields.kind,
    connection: connectionOf(fields),
    interval_ms: Math.round(Number(fields.interval) * 1000),
    enabled: fields.enabled,
    upstream: UPSTREAMS[fields.kind].length === 0 ? null : orNull(fields.upstream),
    application_name: application ? orNull(fields.applicationName) : null,
    pool_max: application && fields.poolMax.trim() !== '' ? Number(fields.poolMax) : null,
    allow_index_builds: fields.kind === 'postgres' && fields.allowIndexBuilds,
    allow_signals: fields.kind === 'postgres' && fields.allowSignals,
    allow_cache_writes: fields.kind === 'redis' && fields.allowCacheWrites,
    password: passwordOf(fields),
  };
}

function connectionOf(fields: SourceFields): Connection {
  const root_certificate = orNull(fields.rootCertificate);
  switch (fields.way) {
    case 'fields':
      return {
        type: 'fields',
        host: fields.host.trim(),
        port: Number(fields.port),
        database: fields.database.trim(),
        user: fields.user.trim(),
        tls: fields.tls,
        root_certificate,
      };
    case 'url':
      return { type: 'url', url: fields.url.trim() };
    case 'service':
      return { type: 'service', name: fields.service.trim() };
    case 'environment':
      return { type: 'environment' };
    case 'http':
      return {
        type: 'http',
        url: fields.httpUrl.trim(),
        auth:
          fields.auth === 'basic' ? { type: 'basic', user: fields.authUser.trim() } : { type: fields.auth },
        root_certificate,
      };
    case 'redis':
      return redisConnection(fields);
  }
}

/** An empty new password is none: it would otherwise be stored, sent and refused. */
function passwordOf(fields: SourceFields): PasswordDraft {
  if (!takesPassword(fields) || fields.password === 'none') return { type: 'none' };
  if (fields.password === 'keep') return { type: 'keep' };
  return fields.passwordText === '' ? { type: 'none' } : { type: 'set', password: fields.passwordText };
}
