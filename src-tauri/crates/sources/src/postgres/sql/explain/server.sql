-- Which server this is and who asks: what decides how a plan can be had.
SELECT current_setting('server_version_num')::int4 AS version,
       current_database()::text AS database,
       current_user::text AS role,
       pg_is_in_recovery() AS standby
