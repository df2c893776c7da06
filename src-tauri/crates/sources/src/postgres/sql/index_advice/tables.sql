-- Tables with their counters: those that have partitions first, then the largest. $1: how many at most.
SELECT c.oid,
       n.nspname::text AS schema,
       c.relname::text AS name,
       c.relkind::text AS kind,
       CASE WHEN c.relispartition THEN i.inhparent END AS parent,
       ARRAY(SELECT a.attname::text
               FROM pg_partitioned_table AS p,
                    unnest(p.partattrs::int2[]) WITH ORDINALITY AS k(attnum, place)
               JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum
              WHERE p.partrelid = c.oid
              ORDER BY k.place) AS partition_key,
       -- Version 13 says 0 where later ones say -1.
       -- A partitioned table has none of its own.
       CASE WHEN c.relkind <> 'p'
             AND (c.reltuples > 0 OR (c.reltuples = 0 AND (c.relpages > 0 OR current_setting('server_version_num')::int4 >= 140000)))
            THEN c.reltuples::float8 END AS rows,
       CASE WHEN c.relkind <> 'p' THEN c.relpages ELSE 0 END::int8 AS pages,
       c.relallvisible::int8 AS visible_pages,
       coalesce(o.relpages, 0)::int8 AS outside_pages,
       has_table_privilege(c.oid, 'SELECT') AS readable,
       row_security_active(c.oid) AS filtered,
       -- Writing a definition takes a lock on the table, which would wait for this one.
       c.oid IN (SELECT l.relation
                   FROM pg_locks AS l
                  WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
                    AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())) AS locked,
       coalesce(s.seq_scan, 0) AS sequential_scans,
       coalesce(s.seq_tup_read, 0) AS sequential_rows,
       coalesce(s.idx_scan, 0)::int8 AS index_scans,
       coalesce(s.n_tup_ins, 0) AS inserted,
       coalesce(s.n_tup_upd, 0) AS updated,
       coalesce(s.n_tup_hot_upd, 0) AS hot_updated,
       coalesce(s.n_tup_del, 0) AS deleted,
       (extract(epoch FROM greatest(s.last_vacuum, s.last_autovacuum)) * 1000)::int8 AS last_vacuum,
       (extract(epoch FROM greatest(s.last_analyze, s.last_autoanalyze)) * 1000)::int8 AS last_analyze,
       count(*) OVER () AS all_tables
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_class AS o ON o.oid = c.reltoastrelid
  LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid AND c.relispartition
  LEFT JOIN pg_stat_all_tables AS s ON s.relid = c.oid
 WHERE c.relkind IN ('r', 'p', 'm', 'f')
   AND c.relpersistence <> 't'
   AND n.nspname <> 'information_schema'
   AND n.nspname NOT LIKE 'pg\_%'
 ORDER BY c.relkind = 'p' DESC, c.relpages DESC, c.oid
 LIMIT $1
