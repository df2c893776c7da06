// Only what can be run is offered to be copied.
import { expect, test } from 'vitest';
import { commandIn } from './remedy';

test.each([
  ['GRANT pg_monitor TO console;', 'GRANT pg_monitor TO console;'],
  ['As a superuser run `GRANT pg_monitor TO console;` once.', 'GRANT pg_monitor TO console;'],
  ['Run GRANT pg_monitor TO console; as a superuser.', 'GRANT pg_monitor TO console;'],
  ['Set `max_connections = 200` and restart.', 'max_connections = 200'],
  ["log_line_prefix = '%m [%p] %q%u@%d '", "log_line_prefix = '%m [%p] %q%u@%d '"],
  [
    'log_duration = off\nlog_min_duration_statement = 0',
    'log_duration = off\nlog_min_duration_statement = 0',
  ],
  ['Return it in a `finally` block in `GET /api/invoices/export`.', null],
  ['Run `ACL SETUSER console +client|list` on the server.', 'ACL SETUSER console +client|list'],
  ['Keep more of them: `CONFIG SET slowlog-max-len 1024`.', 'CONFIG SET slowlog-max-len 1024'],
  ['Check the network.', null],
  ['Check that `listen_addresses` includes this network.', null],
])('%s', (text, command) => expect(commandIn(text)).toBe(command));
