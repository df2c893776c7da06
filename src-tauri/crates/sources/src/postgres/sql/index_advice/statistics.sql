-- Statistics of the tables $1, as far as the role may read their columns.
WITH wanted AS MATERIALIZED (
    SELECT c.oid AS "table", n.nspname, c.relname, a.attname, t.typcategory IN ('N', 'D') AS has_distances
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type AS t ON t.oid = a.atttypid
     WHERE c.oid = ANY ($1)
)
SELECT w."table",
       w.attname::text AS "column",
       -- Counted with its heirs.
       s.inherited,
       s.null_frac AS null_ratio,
       s.n_distinct AS "distinct",
       s.avg_width AS width,
       s.correlation,
       (s.most_common_vals::text::text[])[:100] AS common,
       s.most_common_freqs[:100] AS ratios,
       CASE WHEN w.has_distances THEN s.histogram_bounds::text::text[] END AS bounds
  FROM wanted AS w
  JOIN pg_stats AS s ON s.schemaname = w.nspname AND s.tablename = w.relname AND s.attname = w.attname
