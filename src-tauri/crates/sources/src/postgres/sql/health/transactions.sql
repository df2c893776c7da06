-- Transactions that have been open for a minute or longer, the longest first.
SELECT a.pid,
       coalesce(a.usename::text, '') AS username,
       coalesce(a.datname::text, '') AS database,
       coalesce(a.application_name, '') AS application,
       coalesce(a.state, '') AS state,
       extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS seconds,
       age(a.backend_xmin)::float8 AS xmin_age
  FROM pg_stat_activity AS a
 WHERE a.xact_start < clock_timestamp() - interval '1 minute'
   AND a.backend_type IN ('client backend', 'background worker', 'parallel worker')
   AND a.pid <> pg_backend_pid()
 ORDER BY a.xact_start, a.pid
 LIMIT 50
