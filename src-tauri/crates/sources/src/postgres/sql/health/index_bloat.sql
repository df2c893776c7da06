-- Pages that a btree's entries would need, by their number and mean width in the statistics, against the pages that it has:
-- the estimate of https://github.com/ioguix/pgsql-bloat-estimation, for the largest btrees of one megabyte and more.
-- Entries that deduplication put together need less than the estimate says, so bloat is never told too large for them.
WITH page AS (
  SELECT current_setting('block_size')::float8 AS size, 24::float8 AS header, 16::float8 AS special,
         CASE WHEN version() ~ '64-bit|x86_64|aarch64|arm64|ppc64|amd64|s390x' THEN 8 ELSE 4 END::float8 AS align
), largest AS (
  SELECT c.oid, i.indrelid, c.relnamespace, c.relname, c.reltuples::float8 AS rows, c.relpages::float8 AS pages,
         i.indnkeyatts, i.indnatts, i.indkey,
         coalesce((SELECT option_value::float8 FROM pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor'), 90) AS fill
    FROM pg_class AS c
    JOIN pg_index AS i ON i.indexrelid = c.oid
    JOIN pg_am AS m ON m.oid = c.relam AND m.amname = 'btree'
   WHERE c.relkind = 'i' AND c.relpersistence <> 't' AND i.indisvalid AND c.reltuples >= 0
     AND c.relpages >= 1048576 / current_setting('block_size')::int4
   ORDER BY c.relpages DESC, c.oid
   LIMIT 500
), entries AS (
  -- Of an expression the statistics go by the index's name.
  SELECT x.oid, x.relnamespace, x.relname, x.indrelid, x.rows, x.pages, x.fill, x.indnatts,
         CASE WHEN k.key = 0 THEN x.oid ELSE x.indrelid END AS relation,
         CASE WHEN k.key = 0 THEN k.number::int2 ELSE k.key END AS attribute
    FROM largest AS x
   CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k(key, number)
), widths AS (
  SELECT e.oid, n.nspname::text AS schema, e.relname::text AS name, t.relname::text AS table_name,
         e.rows, e.pages, e.fill, e.indnatts,
         count(s.attname) AS known,
         bool_or(a.atttypid = 'name'::regtype) AS has_names,
         coalesce(max(s.null_frac), 0) AS nulls,
         sum((1 - coalesce(s.null_frac, 0)) * coalesce(s.avg_width, 0))::float8 AS width
    FROM entries AS e
    JOIN pg_namespace AS n ON n.oid = e.relnamespace
    JOIN pg_class AS t ON t.oid = e.indrelid
    JOIN pg_class AS r ON r.oid = e.relation
    JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
    LEFT JOIN pg_attribute AS a ON a.attrelid = e.relation AND a.attnum = e.attribute
    LEFT JOIN pg_stats AS s ON s.schemaname = rn.nspname AND s.tablename = r.relname AND s.attname = a.attname AND NOT s.inherited
   GROUP BY e.oid, schema, name, t.relname, e.rows, e.pages, e.fill, e.indnatts
), needed AS (
  SELECT w.*, p.size,
         -- The meta page, then entries: line pointer, header (with a bitmap where there are NULLs), data rounded up.
         1 + ceil(w.rows / greatest(floor((p.size - p.header - p.special) * w.fill / 100
             / (4 + CASE WHEN w.nulls > 0 THEN 16 ELSE 8 END + ceil(w.width / p.align) * p.align)), 1)) AS least_pages
    FROM widths AS w CROSS JOIN page AS p
), judged AS (
  SELECT schema, name, table_name, pages * size AS bytes, greatest(pages - least_pages, 0) * size AS wasted,
         known = indnatts AND NOT coalesce(has_names, false) AS sure
    FROM needed
)
SELECT schema, name, table_name, bytes, wasted,
       ((count(*) FILTER (WHERE sure AND schema <> 'pg_catalog') OVER ()))::float8 AS judged,
       ((count(*) FILTER (WHERE NOT sure AND schema <> 'pg_catalog') OVER ()))::float8 AS without_statistics,
       sure
  FROM judged
 ORDER BY sure DESC, wasted DESC, schema, name
 LIMIT 50
