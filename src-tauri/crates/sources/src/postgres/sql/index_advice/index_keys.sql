-- Keys and included columns of the indexes of the tables $1, in order. What is the default is not told.
SELECT i.indexrelid AS index,
       k.place > i.indnkeyatts AS included,
       a.attname::text AS "column",
       CASE WHEN k.attnum = 0 THEN pg_get_indexdef(i.indexrelid, k.place::int4, false) END AS expression,
       CASE WHEN NOT o.opcdefault THEN o.opcname::text END AS operator_class,
       -- The own collation of an expression is not recorded; the database's is taken for it.
       CASE WHEN l.oid <> coalesce(a.attcollation, 100) THEN l.collname::text END AS collation,
       coalesce(i.indoption[k.place - 1], 0) & 1 = 1 AS descending,
       coalesce(i.indoption[k.place - 1], 0) & 2 = 2 AS nulls_first
  FROM pg_index AS i
 CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
  LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum <> 0
  LEFT JOIN pg_opclass AS o ON k.place <= i.indnkeyatts AND o.oid = i.indclass[k.place - 1]
  LEFT JOIN pg_collation AS l ON k.place <= i.indnkeyatts AND l.oid = i.indcollation[k.place - 1]
 WHERE i.indrelid = ANY ($1)
 ORDER BY i.indexrelid, k.place
