-- Where the log ends, and what pg_stat_wal (version 14 and later) counts.
SELECT pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery()
                            THEN coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                            ELSE pg_current_wal_lsn() END, '0/0')::float8 AS position,
       ({written})::float8 AS written,
       ({buffers_full})::float8 AS buffers_full,
       (extract(epoch FROM {stats_reset}) * 1000)::int8 AS stats_reset
  FROM {view} AS w
