-- Vacuums that run now. The sum of scanned blocks tells how far the heap is done.
SELECT current_setting('autovacuum_max_workers')::float8 AS workers_max,
       p.pid,
       coalesce(p.datname::text, '') AS database,
       CASE WHEN p.datname = current_database() THEN p.relid::regclass::text ELSE p.relid::text END AS table_name,
       p.phase,
       CASE WHEN p.heap_blks_total > 0 THEN p.heap_blks_scanned::float8 / p.heap_blks_total END AS done,
       greatest(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::float8 AS seconds,
       coalesce(a.backend_type = 'autovacuum worker', false) AS automatic,
       coalesce(a.query LIKE '%(to prevent wraparound)%', false) AS to_prevent_wraparound
  FROM (SELECT) AS one
  LEFT JOIN pg_stat_progress_vacuum AS p ON true
  LEFT JOIN pg_stat_activity AS a ON a.pid = p.pid
 ORDER BY a.xact_start
 LIMIT 100
