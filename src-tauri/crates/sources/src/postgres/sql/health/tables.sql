-- When autovacuum comes to each table, by its own options or else the server's, as autovacuum.c computes it.
-- Rows are those with most dead rows, and those furthest beyond the point where it should have come.
WITH defaults AS (
  SELECT current_setting('autovacuum')::bool AND current_setting('track_counts')::bool AS is_on,
         current_setting('autovacuum_vacuum_threshold')::float8 AS threshold,
         current_setting('autovacuum_vacuum_scale_factor')::float8 AS factor,
         nullif(current_setting('autovacuum_vacuum_max_threshold', true)::float8, -1) AS most,
         current_setting('autovacuum_vacuum_insert_threshold')::float8 AS insert_threshold,
         current_setting('autovacuum_vacuum_insert_scale_factor')::float8 AS insert_factor
), counted AS (
  SELECT n.nspname::text AS schema,
         c.relname::text AS name,
         greatest(pg_stat_get_live_tuples(c.oid), 0)::float8 AS live,
         greatest(pg_stat_get_dead_tuples(c.oid), 0)::float8 AS dead,
         coalesce(pg_stat_get_ins_since_vacuum(c.oid), 0)::float8 AS inserted,
         c.relpages::float8 * current_setting('block_size')::float8 AS bytes,
         greatest(c.reltuples, 0)::float8 AS rows,
         CASE WHEN c.reloptions IS NOT NULL THEN ARRAY(
           SELECT option_name || '=' || option_value FROM pg_options_to_table(c.reloptions)
            WHERE option_name LIKE 'autovacuum%') END AS options,
         greatest(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)) AS last_vacuum
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
), optioned AS (
  SELECT t.*, d.*,
         coalesce((SELECT split_part(o, '=', 2)::bool FROM unnest(t.options) AS o WHERE o LIKE 'autovacuum\_enabled=%'), true)
           AND d.is_on AS autovacuum,
         coalesce((SELECT split_part(o, '=', 2)::float8 FROM unnest(t.options) AS o WHERE o LIKE 'autovacuum\_vacuum\_threshold=%'), d.threshold)
           AS own_threshold,
         coalesce((SELECT split_part(o, '=', 2)::float8 FROM unnest(t.options) AS o WHERE o LIKE 'autovacuum\_vacuum\_scale\_factor=%'), d.factor)
           AS own_factor,
         coalesce((SELECT nullif(split_part(o, '=', 2)::float8, -1) FROM unnest(t.options) AS o WHERE o LIKE 'autovacuum\_vacuum\_max\_threshold=%'), d.most)
           AS own_most,
         coalesce((SELECT split_part(o, '=', 2)::float8 FROM unnest(t.options) AS o WHERE o LIKE 'autovacuum\_vacuum\_insert\_threshold=%'), d.insert_threshold)
           AS own_insert_threshold,
         coalesce((SELECT split_part(o, '=', 2)::float8 FROM unnest(t.options) AS o WHERE o LIKE 'autovacuum\_vacuum\_insert\_scale\_factor=%'), d.insert_factor)
           AS own_insert_factor
    FROM counted AS t CROSS JOIN defaults AS d
), due AS (
  SELECT schema, name, live, dead, bytes, inserted, autovacuum, last_vacuum,
         least(own_threshold + own_factor * rows, own_most) AS vacuum_at,
         CASE WHEN own_insert_threshold >= 0 THEN own_insert_threshold + own_insert_factor * rows END AS insert_at
    FROM optioned
), ranked AS (
  SELECT *,
         dead > vacuum_at OR coalesce(inserted > insert_at, false) AS is_due,
         row_number() OVER (ORDER BY dead DESC, schema, name) AS by_dead,
         row_number() OVER (ORDER BY greatest(dead / greatest(vacuum_at, 1), inserted / greatest(insert_at, 1)) DESC, schema, name) AS by_due,
         count(*) OVER () AS total
    FROM due
)
SELECT schema, name, live, dead, bytes, inserted, vacuum_at, insert_at, autovacuum,
       (extract(epoch FROM last_vacuum) * 1000)::int8 AS last_vacuum,
       total::float8 AS total,
       ((count(*) FILTER (WHERE is_due) OVER ()))::float8 AS due
  FROM ranked
 ORDER BY least(by_dead, by_due), schema, name
 LIMIT 200
