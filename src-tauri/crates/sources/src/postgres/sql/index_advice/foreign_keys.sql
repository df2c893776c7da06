-- Foreign keys of the tables $1. A key to a partitioned table has one more entry for each partition: left out.
SELECT k.conrelid AS "table",
       k.conname::text AS name,
       k.confrelid AS referenced,
       ARRAY(SELECT a.attname::text
               FROM unnest(k.conkey) WITH ORDINALITY AS c(attnum, place)
               JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = c.attnum
              ORDER BY c.place) AS columns,
       ARRAY(SELECT a.attname::text
               FROM unnest(k.confkey) WITH ORDINALITY AS c(attnum, place)
               JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = c.attnum
              ORDER BY c.place) AS referenced_columns
  FROM pg_constraint AS k
  LEFT JOIN pg_constraint AS p ON p.oid = k.conparentid
 WHERE k.contype = 'f'
   AND k.conrelid = ANY ($1)
   AND p.conrelid IS DISTINCT FROM k.conrelid
 ORDER BY k.conrelid, k.conname
