// Runs a migration of Knex with a client that writes its statements down, as Knex would send them.
const path = require('node:path');

async function collected(direction, migration) {
  const statements = [];
  const held = {};
  let released = false;
  const raw = (sql) => ({
    connection: async (connection) => {
      if (connection !== held || released) throw new Error('another connection');
      statements.push(
        sql.replace(/(\\*)(\?)/g, (match, escapes) => {
          if (escapes.length % 2 === 0) throw new Error(`a binding: ${sql}`);
          return '?';
        })
      );
    }
  });
  const client = { acquireConnection: async () => held, releaseConnection: async () => (released = true) };
  await migration[direction]({ raw, client });
  if (!released) throw new Error('the connection was not given back');
  return statements;
}

(async () => {
  const migration = require(path.resolve(process.argv[2]));
  if (migration.config.transaction !== false) throw new Error('in a transaction');
  console.log(JSON.stringify([await collected('up', migration), await collected('down', migration)]));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
