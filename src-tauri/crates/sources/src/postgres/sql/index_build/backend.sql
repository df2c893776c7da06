-- Who builds, and where.
SELECT pg_backend_pid() AS pid, current_database()::text AS database, pg_is_in_recovery() AS standby
