-- Checkpoints; since version 17 they have a view of their own.
SELECT ({timed})::float8 AS timed,
       ({requested})::float8 AS requested,
       ({write_ms})::float8 AS write_ms,
       ({sync_ms})::float8 AS sync_ms,
       ({buffers})::float8 AS buffers_written,
       (extract(epoch FROM c.stats_reset) * 1000)::int8 AS stats_reset
  FROM {view} AS c
