-- Counters of each database; the row without a name belongs to shared tables.
SELECT coalesce(d.datname::text, '') AS name,
       d.xact_commit::float8 AS commits,
       d.xact_rollback::float8 AS rollbacks,
       d.blks_hit::float8 AS blocks_hit,
       d.blks_read::float8 AS blocks_read,
       d.temp_files::float8 AS temp_files,
       d.temp_bytes::float8 AS temp_bytes,
       d.deadlocks::float8 AS deadlocks,
       ({checksum_failures})::float8 AS checksum_failures,
       (extract(epoch FROM d.stats_reset) * 1000)::int8 AS stats_reset
  FROM pg_stat_database AS d
 ORDER BY d.xact_commit DESC, d.datid
 LIMIT 2000
