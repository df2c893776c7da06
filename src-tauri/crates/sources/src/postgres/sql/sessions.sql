-- The sessions longest in their state. Of a statement only the route in its sqlcommenter comment leaves the server:
-- looked for in the last kilobyte, where sqlcommenter puts it, then in the first, where a long statement keeps it.
SELECT a.pid,
       coalesce(a.datname::text, '') AS database,
       coalesce(a.usename::text, '') AS username,
       coalesce(a.application_name, '') AS application,
       coalesce(a.client_hostname, host(a.client_addr)) AS client,
       a.state,
       -- greatest() alone would make 0 of what is not there.
       CASE WHEN a.state_change IS NOT NULL
            THEN greatest(extract(epoch FROM clock_timestamp() - a.state_change), 0) END::float8 AS state_seconds,
       CASE WHEN a.xact_start IS NOT NULL
            THEN greatest(extract(epoch FROM clock_timestamp() - a.xact_start), 0) END::float8 AS transaction_seconds,
       coalesce(a.wait_event_type = 'Lock', false) AS waiting_for_lock,
       coalesce(substring(right(a.query, 1024) FROM pattern), substring(left(a.query, 1024) FROM pattern)) AS route
  FROM pg_stat_activity AS a,
       -- Within one comment: /* … route='…'; the value is URL-encoded, so it holds neither quotes nor spaces.
       (SELECT $r$/\*(?:(?!\*/).)*\mroute='([^'\s]{1,255})'$r$::text AS pattern) AS sqlcommenter
 WHERE a.backend_type = 'client backend'
   AND a.pid <> pg_backend_pid()
 ORDER BY a.state_change NULLS LAST, a.pid
 LIMIT 500
