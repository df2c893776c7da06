-- Indexes of the tables $1.
SELECT i.indexrelid AS oid,
       i.indrelid AS "table",
       c.relname::text AS name,
       m.amname::text AS method,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       i.indisunique AS is_unique,
       i.indisprimary AS is_primary,
       i.indisexclusion AS exclusion,
       -- A foreign key names the index that it refers to; it does not own it.
       (SELECT k.conname::text FROM pg_constraint AS k
         WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x') LIMIT 1) AS constraint_name,
       i.indisvalid AND i.indisready AND i.indislive AS valid,
       i.indisreplident AS replica_identity,
       h.inhparent AS parent,
       c.relpages::int8 AS pages,
       coalesce(s.idx_scan, 0) AS scans,
       -- Version 16 and later.
       CASE WHEN current_setting('server_version_num')::int4 >= 160000
            THEN (extract(epoch FROM (to_jsonb(s) ->> 'last_idx_scan')::timestamptz) * 1000)::int8 END AS last_scan,
       pg_get_indexdef(i.indexrelid) AS definition
  FROM pg_index AS i
  JOIN pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_am AS m ON m.oid = c.relam
  LEFT JOIN pg_inherits AS h ON h.inhrelid = i.indexrelid
  LEFT JOIN pg_stat_all_indexes AS s ON s.indexrelid = i.indexrelid
 WHERE i.indrelid = ANY ($1)
 ORDER BY i.indrelid, i.indexrelid
