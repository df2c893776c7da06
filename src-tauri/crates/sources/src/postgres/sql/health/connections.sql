-- Client backends against the limit. Where the role may not see a session its backend_type is NULL.
SELECT count(*)::float8 AS used,
       current_setting('max_connections')::float8 AS max,
       current_setting('superuser_reserved_connections')::float8
           + coalesce(current_setting('reserved_connections', true)::float8, 0) AS reserved,
       coalesce(bool_or(a.backend_type IS NULL), false) AS hidden,
       (count(*) FILTER (WHERE a.state = 'idle'))::float8 AS idle,
       (count(*) FILTER (WHERE a.state LIKE 'idle in transaction%'))::float8 AS idle_in_transaction,
       (count(*) FILTER (WHERE remote))::float8 AS remote,
       (count(*) FILTER (WHERE remote AND s.ssl))::float8 AS remote_encrypted
  FROM pg_stat_activity AS a
  LEFT JOIN pg_stat_ssl AS s ON s.pid = a.pid
 CROSS JOIN LATERAL (SELECT a.client_addr IS NOT NULL
                        AND NOT a.client_addr <<= '127.0.0.0/8' AND NOT a.client_addr <<= '::1/128' AS remote) AS place
 WHERE a.backend_type = 'client backend'
    OR (a.backend_type IS NULL AND a.usename IS NOT NULL AND a.datname IS NOT NULL)
