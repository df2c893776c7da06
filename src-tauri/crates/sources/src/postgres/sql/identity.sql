-- Which server, database and role this is, whatever name it was reached by.
SELECT has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS system_visible,
       (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::int8 AS started,
       current_database()::text AS database,
       current_user::text AS role
