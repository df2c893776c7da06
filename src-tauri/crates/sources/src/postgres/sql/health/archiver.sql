-- What became of finished log files.
SELECT current_setting('archive_mode') <> 'off' AS is_on,
       a.archived_count::float8 AS archived,
       a.failed_count::float8 AS failed,
       (extract(epoch FROM a.last_archived_time) * 1000)::int8 AS last_archived_at,
       (extract(epoch FROM a.last_failed_time) * 1000)::int8 AS last_failed_at,
       a.last_archived_wal::text AS last_archived_file,
       a.last_failed_wal::text AS last_failed_file,
       pg_size_bytes(current_setting('wal_segment_size'))::float8 AS segment_bytes,
       CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 END AS position,
       (extract(epoch FROM a.stats_reset) * 1000)::int8 AS stats_reset
  FROM pg_stat_archiver AS a
