-- Ends one session, if it still is that session. $1: its pid; $2: when it began, in microseconds.
SELECT a.backend_start IS NULL AS hidden,
       a.backend_type = 'client backend' AS client,
       CASE WHEN a.backend_type = 'client backend'
                 AND (extract(epoch FROM a.backend_start) * 1000000)::int8 = $2
            THEN pg_terminate_backend(a.pid) END AS sent
  FROM pg_stat_activity AS a
 WHERE a.pid = $1
