-- The database, the planner's settings, and since when its counters count.
SELECT current_database()::text AS database,
       current_user::text AS role,
       array_remove(current_schemas(false)::text[], 'pg_catalog') AS search_path,
       current_setting('block_size')::int4 AS block_size,
       current_setting('seq_page_cost')::float8 AS seq_page_cost,
       current_setting('random_page_cost')::float8 AS random_page_cost,
       current_setting('cpu_tuple_cost')::float8 AS cpu_tuple_cost,
       current_setting('cpu_index_tuple_cost')::float8 AS cpu_index_tuple_cost,
       current_setting('cpu_operator_cost')::float8 AS cpu_operator_cost,
       pg_size_bytes(current_setting('effective_cache_size')) AS effective_cache_size,
       pg_size_bytes(current_setting('work_mem')) AS work_mem,
       pg_is_in_recovery() AS in_recovery,
       ARRAY(SELECT extname::text FROM pg_extension ORDER BY 1) AS extensions,
       ARRAY(SELECT name::text FROM pg_available_extensions WHERE installed_version IS NULL ORDER BY 1) AS available,
       -- A database that was never reset says nothing. Its counters are then as old as the last loss of all statistics, which
       -- a crash brings about and a restart does not; the statistics of the server that are dated were lost with them.
       (extract(epoch FROM coalesce((SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
                                    least((SELECT stats_reset FROM pg_stat_bgwriter),
                                          (SELECT stats_reset FROM pg_stat_archiver)))) * 1000)::int8 AS counted_since,
       -- Standbys, without backups and subscriptions; which is which is hidden from roles that may not read statistics.
       CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE')
            THEN (SELECT count(*)
                    FROM pg_stat_replication AS r
                   WHERE r.state <> 'backup'
                     AND NOT EXISTS (SELECT FROM pg_replication_slots AS s
                                      WHERE s.active_pid = r.pid AND s.slot_type = 'logical')) END AS replicas
