-- What has the name $2 in the schema $1, or in the search path where no schema is named.
SELECT c.oid,
       c.relkind IN ('i', 'I') AS is_index,
       coalesce(i.indisvalid, false) AS valid,
       t.relname::text AS "table",
       coalesce(pg_get_indexdef(i.indexrelid), '') AS definition,
       (SELECT p.pid FROM pg_stat_progress_create_index AS p
         WHERE p.datname = current_database() AND p.index_relid = c.oid LIMIT 1) AS builder
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
  LEFT JOIN pg_class AS t ON t.oid = i.indrelid
 WHERE c.relname = $2
   AND (n.nspname = $1 OR $1 IS NULL AND pg_table_is_visible(c.oid))
