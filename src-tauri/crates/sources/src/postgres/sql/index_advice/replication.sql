-- How the server stands to the others of its system; $1 is the database whose counters matter.
SELECT has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS system_visible,
       (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::int8 AS started,
       pg_is_in_recovery() AS in_recovery,
       (extract(epoch FROM coalesce((SELECT stats_reset FROM pg_stat_database WHERE datname = $1),
                                    least((SELECT stats_reset FROM pg_stat_bgwriter),
                                          (SELECT stats_reset FROM pg_stat_archiver)))) * 1000)::int8 AS counted_since,
       -- Empty where the role may not read it.
       (SELECT conninfo FROM pg_stat_wal_receiver LIMIT 1) AS upstream,
       CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE')
            THEN ARRAY(SELECT r.application_name
                         FROM pg_stat_replication AS r
                        WHERE r.state <> 'backup'
                          AND NOT EXISTS (SELECT FROM pg_replication_slots AS s
                                           WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
                        LIMIT 1000) END AS standbys
