-- Limits and role. reserved_connections came with version 16.
SELECT current_setting('max_connections')::float8 AS max_connections,
       current_setting('superuser_reserved_connections')::float8
           + coalesce(current_setting('reserved_connections', true)::float8, 0) AS reserved,
       pg_is_in_recovery() AS in_recovery,
       current_user::text AS role
