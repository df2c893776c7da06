-- Indexes that a failed build left. Where the role may not see what others build, their locks still show that they do.
SELECT n.nspname::text AS schema,
       c.relname::text AS name,
       i.indrelid::regclass::text AS table_name,
       c.relpages::float8 * current_setting('block_size')::float8 AS bytes,
       EXISTS (SELECT FROM pg_locks AS l
                WHERE l.locktype = 'relation' AND l.relation = i.indrelid AND l.granted
                  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                  AND l.mode = 'ShareUpdateExclusiveLock') AS being_built
  FROM pg_index AS i
  JOIN pg_class AS c ON c.oid = i.indexrelid AND c.relkind = 'i'
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE NOT i.indisvalid OR NOT i.indisready
 ORDER BY c.relpages DESC, schema, name
 LIMIT 100
