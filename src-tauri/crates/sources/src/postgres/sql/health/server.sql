-- Which server, as whom, and whether the role sees everybody's statistics.
SELECT current_setting('server_version_num')::int4 AS version_number,
       split_part(current_setting('server_version'), ' ', 1) AS version,
       current_user::text AS role,
       current_database()::text AS database,
       pg_is_in_recovery() AS in_recovery,
       pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_all,
       (extract(epoch FROM pg_postmaster_start_time()) * 1000)::int8 AS started_at
