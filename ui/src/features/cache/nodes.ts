// A Redis node in words, and the columns of its tables.
import type { RedisClientGroup } from '../../api/generated/RedisClientGroup';
import type { RedisCommandStats } from '../../api/generated/RedisCommandStats';
import type { RedisNode } from '../../api/generated/RedisNode';
import type { RedisRole } from '../../api/generated/RedisRole';
import type { SlowCommand } from '../../api/generated/SlowCommand';
import { ABSENT, ago, brief, bytes, count, duration, percent, plural } from '../../shared/format';
import type { Tone } from '../../shared/tone';
import { column, words, type TextColumn } from './columns';

export function roleWords(role: RedisRole): { text: string; tone: Tone } {
  if (role.type === 'primary') return { text: 'primary', tone: 'none' };
  if (!role.link_up) {
    const since = role.down_seconds === null ? '' : ` for ${brief(role.down_seconds)}`;
    return { text: `replica, link down${since}`, tone: 'critical' };
  }
  const behind = role.behind_bytes ?? 0;
  return { text: `replica${behind > 0 ? `, ${bytes(behind)} behind` : ''}`, tone: 'none' };
}

const keysOf = ({ databases }: RedisNode) => databases.reduce((sum, { keys }) => sum + keys, 0);

const memoryWords = ({ memory: { used_bytes, max_bytes } }: RedisNode): string =>
  max_bytes === null ? bytes(used_bytes) : `${bytes(used_bytes)} of ${bytes(max_bytes)}`;

export const NODE_COLUMNS: TextColumn<RedisNode>[] = [
  words('address', 'Node', (row) => row.address),
  words('role', 'Role', ({ role }) => roleWords(role).text, 176),
  column('keys', 'Keys', 88, keysOf, (row) => count(keysOf(row))),
  column('memory', 'Memory', 132, (row) => row.memory.used_bytes, memoryWords),
  column(
    'clients',
    'Clients',
    70,
    (row) => row.clients.connected,
    (row) => count(row.clients.connected),
  ),
  column(
    'ping',
    'Ping',
    70,
    (row) => row.ping_ms,
    (row) => duration(row.ping_ms / 1000),
  ),
  column(
    'uptime',
    'Up for',
    76,
    (row) => row.uptime_seconds,
    (row) => brief(row.uptime_seconds),
  ),
];

/** What else is worth knowing of a node. */
export function nodeFacts(node: RedisNode, now: number): { label: string; value: string; hint?: string }[] {
  const { memory, clients, counters, persistence } = node;
  const lookups = counters.hits + counters.misses;
  return [
    { label: 'Version', value: node.version },
    { label: 'Policy', value: memory.policy, hint: 'maxmemory-policy: what goes when the memory is full' },
    { label: 'Peak memory', value: bytes(memory.peak_bytes) },
    {
      label: 'Fragmentation',
      value: memory.fragmentation_ratio === null ? ABSENT : memory.fragmentation_ratio.toFixed(2),
      hint: 'Resident over used memory; means little below some 100 MB',
    },
    {
      label: 'Hits since start',
      value: lookups === 0 ? ABSENT : percent(counters.hits / lookups),
      hint: `${count(lookups)} lookups since the server started or its statistics were reset`,
    },
    { label: 'Evicted since start', value: count(counters.evicted) },
    { label: 'Expired since start', value: count(counters.expired) },
    { label: 'Blocked clients', value: count(clients.blocked) },
    {
      label: 'Most clients',
      value: clients.max === null ? ABSENT : count(clients.max),
      hint: 'maxclients',
    },
    { label: 'Rejected', value: count(counters.rejected_connections), hint: 'Connections, since start' },
    { label: 'Last save', value: saveWords(node, now) },
    {
      label: 'Last fork',
      value: persistence.last_fork_us === 0 ? ABSENT : duration(persistence.last_fork_us / 1e6),
      hint: 'Every client waits as long',
    },
  ];
}

function saveWords({ persistence }: RedisNode, now: number): string {
  const { last_save_at, last_save_ok, append_only, saving } = persistence;
  if (saving) return 'running';
  if (!last_save_ok) return 'failed';
  const when = last_save_at === null ? 'never' : ago(last_save_at, now);
  return append_only ? `${when}, and append-only` : when;
}

/** "0: 184,212 keys, 93% with a TTL" */
export const databaseWords = ({ databases }: RedisNode): string[] =>
  databases.map(({ database, keys, expiring }) => {
    const share = keys === 0 ? '' : `, ${percent(expiring / keys)} with a TTL`;
    return `${database}: ${plural(keys, 'key')}${share}`;
  });

const micro = (us: number) => duration(us / 1e6);

export const COMMAND_COLUMNS: TextColumn<RedisCommandStats>[] = [
  words('command', 'Command', (row) => row.command.toUpperCase()),
  column(
    'calls',
    'Calls',
    96,
    (row) => row.calls,
    (row) => count(row.calls),
  ),
  column(
    'mean',
    'Mean',
    74,
    (row) => (row.calls === 0 ? null : row.total_us / row.calls),
    (row) => (row.calls === 0 ? ABSENT : micro(row.total_us / row.calls)),
  ),
  column(
    'total',
    'Time',
    78,
    (row) => row.total_us,
    (row) => brief(row.total_us / 1e6),
    'Of all calls',
  ),
  column(
    'failed',
    'Failed',
    66,
    (row) => row.failed + row.rejected,
    (row) => count(row.failed + row.rejected),
    'While they ran, or refused before',
  ),
];

export const CLIENT_COLUMNS: TextColumn<RedisClientGroup>[] = [
  {
    key: 'name',
    title: 'Client',
    value: (row) => row.name,
    text: (row) => (row.name === '' ? 'without a name' : row.name),
    hint: 'By the name that CLIENT SETNAME gave',
  },
  words('user', 'User', (row) => row.user, 84),
  column(
    'connections',
    'Conns',
    66,
    (row) => row.connections,
    (row) => count(row.connections),
  ),
  column(
    'idle',
    'Idle',
    74,
    (row) => row.longest_idle_seconds,
    (row) => brief(row.longest_idle_seconds),
    'The longest of them',
  ),
  column(
    'output',
    'Output',
    74,
    (row) => row.most_output_bytes,
    (row) => (row.most_output_bytes === 0 ? ABSENT : bytes(row.most_output_bytes)),
    'The largest buffer of answers not yet taken',
  ),
];

export const slowId = ({ node, run_id, id }: SlowCommand): string => `${node}/${run_id}/${id}`;

/** "slower than 10 ms" */
export function thresholdWords(us: number | null): string {
  if (us === null) return 'the threshold is not known: CONFIG GET is not allowed';
  return us < 0
    ? 'switched off on the server'
    : `slower than ${us === 0 ? 'nothing: every command' : micro(us)}`;
}
