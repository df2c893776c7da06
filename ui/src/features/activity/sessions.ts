// Sessions narrowed and grouped, and the columns of their table.
import type { ActivityDimension } from '../../api/generated/ActivityDimension';
import type { ActivitySession } from '../../api/generated/ActivitySession';
import { grouped } from '../../shared/groups';
import { arrange, fitting, type Column, type Sorting } from '../../shared/table';
import { waitName } from './waits';
import { isIdle, lasting, nameOf, stateWords } from './words';

export type GroupBy = 'application' | 'user' | 'database' | 'client' | 'state' | 'wait_event' | 'statement';

export const GROUPS: { value: GroupBy; text: string }[] = [
  { value: 'application', text: 'Application' },
  { value: 'user', text: 'User' },
  { value: 'database', text: 'Database' },
  { value: 'client', text: 'Client' },
  { value: 'state', text: 'State' },
  { value: 'wait_event', text: 'Wait' },
  { value: 'statement', text: 'Statement' },
];

export const groupTitle = (by: GroupBy): string => GROUPS.find(({ value }) => value === by)?.text ?? by;

/** What a session counts under; empty where it has none of it. */
export function keyOf(by: GroupBy, session: ActivitySession): string {
  switch (by) {
    case 'application':
      return session.application;
    case 'user':
      return session.user;
    case 'database':
      return session.database;
    case 'client':
      return session.client ?? '';
    case 'state':
      return stateWords(session).text;
    case 'wait_event':
      return waitName(session) ?? '';
    case 'statement':
      return session.fingerprint ?? session.statement ?? '';
  }
}

/** As a group is named. */
export function groupName(by: GroupBy, session: ActivitySession): string {
  if (by === 'statement') return session.statement ?? 'no statement';
  if (by === 'application') return nameOf(session) || 'no application name';
  const key = keyOf(by, session);
  return key || (by === 'wait_event' ? 'nothing' : `no ${groupTitle(by).toLowerCase()}`);
}

/** One value of one dimension, as it was chosen in another table. */
export interface Only {
  by: GroupBy;
  key: string;
  name: string;
}

export interface Narrowing {
  text: string;
  idle: boolean;
  only: Only | null;
}

export function narrow(sessions: ActivitySession[], { text, idle, only }: Narrowing): ActivitySession[] {
  const needle = text.trim().toLowerCase();
  return sessions.filter((session) => {
    if (!idle && isIdle(session)) return false;
    if (only && keyOf(only.by, session) !== only.key) return false;
    return needle === '' || said(session).toLowerCase().includes(needle);
  });
}

const said = (session: ActivitySession): string =>
  [
    session.pid,
    session.application,
    session.user,
    session.database,
    session.client,
    session.backend_type,
    stateWords(session).text,
    waitName(session),
    session.route,
    session.statement,
  ].join('\n');

/** A row of a top that is no value of its own has no sessions to show. */
export function onlyOf(by: ActivityDimension, name: string, fingerprint: string | null): Only | null {
  if (/^other (wait events|statements|applications|users|databases|clients)$/.test(name)) return null;
  const unnamed = by !== 'wait_event' && fingerprint === null && name.startsWith('no ');
  return { by, name, key: unnamed ? '' : (fingerprint ?? name) };
}

/** The sessions of one statement, which another page has named by its fingerprint. */
export function onlyStatement(fingerprint: string | undefined, sessions: ActivitySession[]): Only | null {
  if (!fingerprint) return null;
  const one = sessions.find((session) => session.fingerprint === fingerprint);
  return { by: 'statement', name: one?.statement ?? fingerprint, key: fingerprint };
}

export interface SessionRow {
  type: 'session';
  id: string;
  group: string | null;
  session: ActivitySession;
}

export interface GroupRow {
  type: 'group';
  id: string;
  name: string;
  members: ActivitySession[];
  open: boolean;
}

export type Entry = SessionRow | GroupRow;

const row = (session: ActivitySession, group: string | null): SessionRow => ({
  type: 'session',
  id: String(session.pid),
  group,
  session,
});

export function entriesOf(
  sessions: ActivitySession[],
  by: GroupBy | null,
  opened: ReadonlySet<string>,
): Entry[] {
  if (by === null) return sessions.map((session) => row(session, null));
  return [...grouped(sessions, (session) => keyOf(by, session))].flatMap(([key, members]): Entry[] => {
    const id = `group ${key}`;
    const open = opened.has(id);
    const first = members[0];
    const name = first ? groupName(by, first) : key;
    return [
      { type: 'group', id, name, members, open },
      ...(open ? members.map((session) => row(session, id)) : []),
    ];
  });
}

export const OLDEST_FIRST: Sorting = { key: 'transaction', descending: true };

/** Groups are sorted among each other, and members within their group. */
export function arrangeEntries(
  rows: Entry[],
  columns: Column<Entry>[],
  sorting: Sorting | null,
  filter: string,
): Entry[] {
  const sort = (some: Entry[]) => arrange(some, columns, sorting, filter);
  const groups = rows.filter((entry) => entry.type === 'group');
  if (groups.length === 0) return sort(rows);
  const members = grouped(
    rows.filter((entry) => entry.type === 'session'),
    ({ group }) => group,
  );
  // Groups are sorted by how many they are, which says nothing of their members.
  const within = sorting?.key === 'group' ? OLDEST_FIRST : sorting;
  return sort(groups).flatMap((group) => [
    group,
    ...arrange<Entry>(members.get(group.id) ?? [], columns, within, filter),
  ]);
}

const longest = (
  members: ActivitySession[],
  of: (session: ActivitySession) => number | null,
): number | null =>
  members.reduce<number | null>((most, session) => {
    const value = of(session);
    return value === null || (most !== null && most >= value) ? most : value;
  }, null);

const text =
  (of: (session: ActivitySession) => string | null) =>
  (entry: Entry): string | null =>
    entry.type === 'session' ? of(entry.session) || null : null;

const age =
  (of: (session: ActivitySession) => number | null) =>
  (entry: Entry): number | null =>
    entry.type === 'session' ? of(entry.session) : longest(entry.members, of);

const COLUMNS: Column<Entry>[] = [
  {
    key: 'pid',
    title: 'Session',
    value: (entry) => (entry.type === 'session' ? entry.session.pid : null),
    width: '62px',
  },
  { key: 'application', title: 'Application', value: text(nameOf), width: '118px' },
  { key: 'user', title: 'User', value: text(({ user }) => user), width: '76px' },
  { key: 'database', title: 'Database', value: text(({ database }) => database), width: '76px' },
  { key: 'client', title: 'Client', value: text(({ client }) => client), width: '88px' },
  { key: 'state', title: 'State', value: text((session) => stateWords(session).text), width: '124px' },
  { key: 'wait_event', title: 'Waits for', value: text(waitName), width: '146px' },
  { key: 'statement', title: 'Statement', value: text(({ statement }) => statement) },
  {
    key: 'for',
    title: 'For',
    value: age(lasting),
    numeric: true,
    width: '72px',
    hint: 'Since its statement began, or since it fell silent',
  },
  {
    key: 'transaction',
    title: 'Transaction',
    value: age(({ transaction_seconds }) => transaction_seconds),
    numeric: true,
    width: '100px',
    hint: 'Since its transaction began',
  },
];

/** In the order in which they give way; the detail tells each of them as well. */
const GIVE_WAY = ['client', 'database', 'user', 'wait_event', 'application'];
const ROOM = 220;

/** When they are grouped, the group stands in place of the pid and of what they are grouped by. */
export function sessionColumns(width: number, by: GroupBy | null): Column<Entry>[] {
  if (by === null) return fitting(COLUMNS, GIVE_WAY, width, ROOM);
  const group: Column<Entry> = {
    key: 'group',
    title: groupTitle(by),
    value: (entry) => (entry.type === 'group' ? entry.members.length : entry.session.pid),
    numeric: false,
    width: by === 'statement' ? '420px' : '250px',
    hint: 'How many sessions',
  };
  const others = COLUMNS.filter(({ key }) => key !== 'pid' && key !== by);
  return fitting([group, ...others], GIVE_WAY, width, ROOM);
}
