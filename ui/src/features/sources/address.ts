// Where a source is, in one line and without anything secret.
import type { Connection } from '../../api/generated/Connection';
import type { RedisConnection } from '../../api/generated/RedisConnection';

export function addressOf(connection: Connection): string {
  switch (connection.type) {
    case 'fields':
      return `${connection.user}@${connection.host}:${connection.port}/${connection.database}`;
    case 'url':
      return withoutPassword(connection.url);
    case 'service':
      return `service ${connection.name}`;
    case 'environment':
      return 'from the environment';
    case 'http':
      return withoutPassword(connection.url);
    case 'redis':
      return redisAddress(connection);
  }
}

function redisAddress({ nodes, topology, database, user }: RedisConnection): string {
  const at = `${user === null ? '' : `${user}@`}${nodes.join(', ')}`;
  switch (topology.type) {
    case 'single':
      return `${at}/${database}`;
    case 'sentinel':
      return `${topology.service} by Sentinels ${at}, database ${database}`;
    case 'cluster':
      return `cluster ${at}`;
  }
}

function withoutPassword(url: string): string {
  return url
    .replace(/^([a-z+]+:\/\/[^:@/]*):[^@/]*@/i, '$1@')
    .replaceAll(/([?&])(?:pass|password)=[^&#]*&?/gi, '$1')
    .replace(/[?&]$/, '');
}
