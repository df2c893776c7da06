-- What holds the xmin horizon without a session: prepared transactions, oldest first, and replication slots.
-- $1: how many transactions at most; $2: how many slots.
(SELECT 'prepared' AS kind,
        p.gid AS name,
        p.transaction::text AS xid,
        coalesce(p.database::text, '') AS database,
        coalesce(p.owner::text, '') AS owner,
        extract(epoch FROM clock_timestamp() - p.prepared)::float8 AS seconds,
        age(p.transaction) AS xmin_age,
        NULL::int4 AS catalog_age,
        NULL::bool AS active,
        NULL::float8 AS retained_bytes
   FROM pg_prepared_xacts AS p
  ORDER BY p.prepared, p.gid
  LIMIT $1)
UNION ALL
(SELECT 'slot',
        s.slot_name::text,
        NULL,
        coalesce(s.database::text, ''),
        '',
        NULL,
        age(s.xmin),
        age(s.catalog_xmin),
        s.active,
        pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
                        s.restart_lsn)::float8
   FROM pg_replication_slots AS s
  WHERE s.xmin IS NOT NULL OR s.catalog_xmin IS NOT NULL
  ORDER BY greatest(age(s.xmin), age(s.catalog_xmin)) DESC, s.slot_name
  LIMIT $2)
