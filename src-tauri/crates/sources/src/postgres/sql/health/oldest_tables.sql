-- The tables that hold the database's oldest transaction ids; TOAST tables go by the name of their owner.
SELECT n.nspname::text AS schema,
       c.relname::text AS name,
       a.xid_age, a.mxid_age,
       c.relpages::float8 * current_setting('block_size')::float8 AS bytes
  FROM (SELECT coalesce(o.oid, t.oid) AS oid,
               max(age(t.relfrozenxid))::float8 AS xid_age,
               max(mxid_age(t.relminmxid))::float8 AS mxid_age
          FROM pg_class AS t
          LEFT JOIN pg_class AS o ON t.relkind = 't' AND o.reltoastrelid = t.oid
         WHERE t.relkind IN ('r', 'm', 't') AND t.relfrozenxid <> '0'
         GROUP BY 1) AS a
  JOIN pg_class AS c ON c.oid = a.oid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 ORDER BY greatest(a.xid_age, a.mxid_age) DESC, bytes DESC, schema, name
 LIMIT 50
