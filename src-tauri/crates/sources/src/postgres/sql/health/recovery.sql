-- This server as a standby.
SELECT own.in_recovery,
       CASE WHEN own.in_recovery
            THEN pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::float8 END AS unapplied_bytes,
       CASE WHEN own.in_recovery
            THEN extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 END AS applied_age,
       CASE WHEN own.in_recovery THEN pg_is_wal_replay_paused() END AS paused,
       CASE WHEN own.in_recovery THEN EXISTS (SELECT FROM pg_stat_wal_receiver) END AS receiving
  FROM (SELECT pg_is_in_recovery() AS in_recovery) AS own
