// The part of a source's form that only a Redis has: nodes, topology, database.
import type { Connection } from '../../api/generated/Connection';
import type { RedisConnection } from '../../api/generated/RedisConnection';
import type { RedisTopology } from '../../api/generated/RedisTopology';
import type { FieldErrors, SourceFields } from './sourceForm';

export const TOPOLOGIES: { value: RedisTopology['type']; text: string; hint: string }[] = [
  { value: 'single', text: 'Single', hint: 'One server; its replicas are found from it' },
  { value: 'sentinel', text: 'Sentinel', hint: 'Sentinels tell where the primary is' },
  { value: 'cluster', text: 'Cluster', hint: 'Some of the nodes; the others are found from them' },
];

export function redisFields(connection: RedisConnection): Partial<SourceFields> {
  const { topology } = connection;
  return {
    nodes: connection.nodes.join(', '),
    topology: topology.type,
    ...(topology.type === 'sentinel' && {
      sentinelService: topology.service,
      sentinelsAuthenticated: topology.authenticated,
    }),
    redisDatabase: String(connection.database),
    redisUser: connection.user ?? '',
    tls: connection.tls,
    rootCertificate: connection.root_certificate ?? '',
  };
}

export const nodesIn = (text: string): string[] =>
  text
    .split(',')
    .map((node) => node.trim())
    .filter((node) => node !== '');

export function checkRedis(fields: SourceFields): FieldErrors {
  const errors: FieldErrors = {};
  const nodes = nodesIn(fields.nodes);
  const bad = nodes.find((node) => !isAddress(node));
  if (nodes.length === 0) errors.nodes = 'Enter a host, host:port or the path of a socket.';
  else if (bad !== undefined) errors.nodes = `${bad} is not a host, host:port or the path of a socket.`;
  else if (fields.topology === 'single' && nodes.length > 1)
    errors.nodes = 'One server only; several are Sentinels or nodes of a cluster.';
  if (fields.topology === 'sentinel' && fields.sentinelService.trim() === '')
    errors.sentinelService = 'Enter the name that the Sentinels know the primary by.';
  if (fields.topology !== 'cluster' && !/^\d{1,5}$/.test(fields.redisDatabase.trim()))
    errors.redisDatabase = 'A number, 0 for the first.';
  return errors;
}

function isAddress(node: string): boolean {
  if (node.startsWith('/')) return true;
  const port = /^(?:\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(?::(\d+))?$/i.exec(node);
  return port !== null && (port[1] === undefined || (Number(port[1]) >= 1 && Number(port[1]) <= 65_535));
}

export function redisConnection(fields: SourceFields): Connection {
  const text = (value: string) => (value.trim() === '' ? null : value.trim());
  return {
    type: 'redis',
    nodes: nodesIn(fields.nodes),
    topology: topologyOf(fields),
    // A cluster has one database only.
    database: fields.topology === 'cluster' ? 0 : Number(fields.redisDatabase),
    user: text(fields.redisUser),
    tls: fields.tls,
    root_certificate: text(fields.rootCertificate),
  };
}

function topologyOf(fields: SourceFields): RedisTopology {
  if (fields.topology !== 'sentinel') return { type: fields.topology };
  return {
    type: 'sentinel',
    service: fields.sentinelService.trim(),
    authenticated: fields.sentinelsAuthenticated,
  };
}
