-- Those that follow this server, the furthest behind first. Without the right to see them their state is NULL.
SELECT coalesce(r.application_name, '') AS name,
       coalesce(r.client_hostname, host(r.client_addr)) AS client,
       r.state::text AS state,
       coalesce(r.sync_state, '')::text AS sync_state,
       pg_wal_lsn_diff(own.lsn, r.replay_lsn)::float8 AS behind_bytes,
       extract(epoch FROM r.replay_lag)::float8 AS behind_seconds
  FROM pg_stat_replication AS r
 CROSS JOIN (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
                         ELSE pg_current_wal_lsn() END AS lsn) AS own
 ORDER BY behind_bytes DESC NULLS LAST, name
 LIMIT 200
