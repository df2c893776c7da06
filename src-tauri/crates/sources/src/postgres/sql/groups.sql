-- Client backends but this one, counted by what tells them apart.
-- Where the role may not see a session its backend_type is NULL; background workers then show by having no user.
SELECT hidden,
       CASE WHEN NOT hidden THEN state END AS state,
       database,
       username,
       application,
       count(*)::float8 AS backends,
       count(*) FILTER (WHERE waiting)::float8 AS waiting_for_lock,
       max(idle_in_transaction)::float8 AS longest_idle_in_transaction
  FROM (SELECT a.backend_type IS NULL AS hidden,
               a.state,
               coalesce(a.datname::text, '') AS database,
               coalesce(a.usename::text, '') AS username,
               coalesce(a.application_name, '') AS application,
               coalesce(a.wait_event_type = 'Lock', false) AS waiting,
               CASE WHEN a.state LIKE 'idle in transaction%'
                    THEN greatest(extract(epoch FROM clock_timestamp() - a.state_change), 0) END AS idle_in_transaction
          FROM pg_stat_activity AS a
         WHERE a.pid <> pg_backend_pid()
           AND (a.backend_type = 'client backend'
                OR (a.backend_type IS NULL AND a.usename IS NOT NULL AND a.datname IS NOT NULL))) AS backend
 GROUP BY hidden, 2, database, username, application
 ORDER BY backends DESC, database, username, application, state
