-- Replication slots, those that hold most log back first.
SELECT s.slot_name::text AS name,
       s.slot_type::text AS kind,
       coalesce(s.database::text, '') AS database,
       s.active,
       pg_wal_lsn_diff(own.lsn, s.restart_lsn)::float8 AS retained_bytes,
       ({wal_status})::text AS wal_status,
       ({safe_wal_size})::float8 AS safe_bytes,
       age(s.xmin)::float8 AS xmin_age,
       age(s.catalog_xmin)::float8 AS catalog_xmin_age,
       (extract(epoch FROM {inactive_since}) * 1000)::int8 AS inactive_since,
       ({invalidation_reason})::text AS invalidation_reason
  FROM pg_replication_slots AS s
 CROSS JOIN (SELECT CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                         ELSE pg_current_wal_lsn() END AS lsn) AS own
 ORDER BY retained_bytes DESC NULLS LAST, name
 LIMIT 200
