-- Sessions, those that do or hold something first, beside counts over all of them. The server's own processes are left out
-- while they do nothing that has a text. $1: list idle sessions too, without their text; $2: how many rows at most; $3: sessions
-- that are listed although they are idle, for they hold a lock that somebody waits for.
WITH seen AS MATERIALIZED (
    SELECT a.pid,
           (extract(epoch FROM a.backend_start) * 1000000)::int8::text AS started,
           coalesce(a.backend_type, '') AS backend_type,
           coalesce(a.datname::text, '') AS database,
           coalesce(a.usename::text, '') AS username,
           coalesce(a.application_name, '') AS application,
           coalesce(a.client_hostname, host(a.client_addr)) AS client,
           a.state,
           a.wait_event_type,
           a.wait_event,
           a.state_change,
           a.query_start,
           a.xact_start,
           a.backend_start,
           a.leader_pid,
           age(a.backend_xmin) AS xmin_age,
           age(a.backend_xid) AS xid_age,
           {query_id} AS queryid,
           CASE WHEN a.state IS DISTINCT FROM 'idle' THEN nullif(a.query, '') END AS query,
           a.backend_type IS NULL AS hidden,
           a.state IS NOT DISTINCT FROM 'idle' AND a.backend_xmin IS NULL AND a.backend_xid IS NULL AS idle,
           CASE WHEN a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL OR a.pid = ANY ($3) THEN 0
                WHEN a.state = 'idle' THEN 3
                WHEN a.state IS NOT NULL THEN 0
                WHEN a.backend_type IS NOT NULL THEN 1
                ELSE 2 END AS rank
      FROM pg_stat_activity AS a
     WHERE a.pid <> pg_backend_pid()
       AND CASE WHEN a.backend_type IS NULL THEN a.usename IS NOT NULL AND a.datname IS NOT NULL
                ELSE a.backend_type = 'client backend' OR a.state IS NOT NULL OR a.query <> ''
                     OR a.backend_xmin IS NOT NULL END
), counts AS (
    SELECT count(*) FILTER (WHERE idle AND backend_type = 'client backend') AS idle,
           count(*) FILTER (WHERE $1 OR NOT idle OR pid = ANY ($3)) AS listed,
           coalesce(bool_or(hidden), false) AS hidden,
           coalesce(bool_or(wait_event_type = 'Lock'), false) AS waiting,
           current_user::text AS role,
           pg_size_bytes(regexp_replace(current_setting('track_activity_query_size'), '^(\d+)B$', '\1')) AS text_bytes
      FROM seen
)
SELECT c.idle AS all_idle,
       c.listed AS all_listed,
       c.hidden AS any_hidden,
       c.waiting AS any_waiting,
       c.role,
       s.pid,
       s.started,
       s.backend_type,
       s.database,
       s.username,
       s.application,
       s.client,
       s.state,
       s.wait_event_type,
       s.wait_event,
       extract(epoch FROM clock_timestamp() - s.state_change)::float8 AS state_seconds,
       extract(epoch FROM clock_timestamp() - s.query_start)::float8 AS statement_seconds,
       extract(epoch FROM clock_timestamp() - s.xact_start)::float8 AS transaction_seconds,
       extract(epoch FROM clock_timestamp() - s.backend_start)::float8 AS connected_seconds,
       s.leader_pid,
       s.xmin_age,
       s.xid_age,
       s.queryid,
       CASE WHEN NOT s.hidden THEN left(s.query, 4096) END AS query,
       -- A text of several bytes a character is cut off up to three bytes before the limit.
       coalesce(length(s.query) > 4096
           OR octet_length(s.query) >= c.text_bytes - 1
           OR (octet_length(s.query) >= c.text_bytes - 4 AND octet_length(s.query) > length(s.query)), false) AS truncated
  FROM counts AS c
  LEFT JOIN (SELECT * FROM seen WHERE $1 OR NOT idle OR pid = ANY ($3)
              ORDER BY rank, xact_start NULLS LAST, pid LIMIT $2) AS s ON true
 ORDER BY s.rank, s.xact_start NULLS LAST, s.pid
