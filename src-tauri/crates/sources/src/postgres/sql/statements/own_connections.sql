-- Connections of the console as this role; its own name is always visible to it.
SELECT count(*)::float8 AS connections
  FROM pg_stat_activity AS a
 WHERE a.usename = current_user AND a.application_name LIKE 'mPanel Console%'
