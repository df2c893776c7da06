-- Pages that a table's rows would need, by their number and mean width in the statistics, against the pages that it has:
-- the estimate of https://github.com/ioguix/pgsql-bloat-estimation, for the largest tables of one megabyte and more.
WITH page AS (
  SELECT current_setting('block_size')::float8 AS size, 24::float8 AS header,
         CASE WHEN version() ~ '64-bit|x86_64|aarch64|arm64|ppc64|amd64|s390x' THEN 8 ELSE 4 END::float8 AS align
), largest AS (
  SELECT c.oid, c.relnamespace, c.relname, c.reltuples::float8 AS rows, c.relpages::float8 AS pages,
         coalesce((SELECT option_value::float8 FROM pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor'), 100) AS fill
    FROM pg_class AS c
   WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND c.reltuples >= 0
     AND c.relpages >= 1048576 / current_setting('block_size')::int4
   ORDER BY c.relpages DESC, c.oid
   LIMIT 500
), widths AS (
  SELECT t.oid, n.nspname::text AS schema, t.relname::text AS name, t.rows, t.pages, t.fill,
         count(*) AS columns,
         count(s.attname) AS known,
         bool_or(a.atttypid = 'name'::regtype) AS has_names,
         coalesce(max(s.null_frac), 0) AS nulls,
         sum((1 - coalesce(s.null_frac, 0)) * coalesce(s.avg_width, 0))::float8 AS width
    FROM largest AS t
    JOIN pg_namespace AS n ON n.oid = t.relnamespace
    JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_stats AS s ON s.schemaname = n.nspname AND s.tablename = t.relname AND s.attname = a.attname AND NOT s.inherited
   GROUP BY t.oid, schema, name, t.rows, t.pages, t.fill
), tuples AS (
  SELECT w.*, p.*,
         23 + CASE WHEN w.nulls > 0 THEN (7 + w.columns) / 8 ELSE 0 END AS head
    FROM widths AS w CROSS JOIN page AS p
), needed AS (
  SELECT t.*,
         -- The line pointer, then header and data, each rounded up to the alignment.
         ceil(t.rows / greatest(floor((t.size - t.header) * t.fill / 100
              / (4 + ceil(t.head / t.align) * t.align + ceil(t.width / t.align) * t.align)), 1)) AS least_pages
    FROM tuples AS t
), judged AS (
  SELECT schema, name, pages * size AS bytes, greatest(pages - least_pages, 0) * size AS wasted,
         known = columns AND NOT has_names AS sure
    FROM needed
)
SELECT schema, name, NULL::text AS table_name, bytes, wasted,
       ((count(*) FILTER (WHERE sure AND schema <> 'pg_catalog') OVER ()))::float8 AS judged,
       ((count(*) FILTER (WHERE NOT sure AND schema <> 'pg_catalog') OVER ()))::float8 AS without_statistics,
       sure
  FROM judged
 ORDER BY sure DESC, wasted DESC, schema, name
 LIMIT 50
