// Where a source is, in one line and without anything secret.
import type { Connection } from '../../api/generated/Connection';

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
  }
}

function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^:@/]*):[^@/]*@/i, '$1@');
}
