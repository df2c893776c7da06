-- When it was read, since when it counts, how many entries had to make room since then, and when the server started.
SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8 AS taken_at,
       (extract(epoch FROM pg_postmaster_start_time()) * 1000)::int8 AS started_at,
       (extract(epoch FROM i.stats_reset) * 1000)::int8 AS counted_since,
       i.dealloc AS evicted
  FROM (SELECT) AS one
  LEFT JOIN {info} AS i ON true
