-- Columns in order, of the tables $1.
WITH RECURSIVE used AS (
    SELECT DISTINCT a.atttypid AS type
      FROM pg_attribute AS a
     WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
), below AS (
    -- A domain is ordered as what it is made of, an array as its elements.
    SELECT type, type AS base FROM used
    UNION
    SELECT b.type, CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END
      FROM below AS b
      JOIN pg_type AS t ON t.oid = b.base
     WHERE t.typtype = 'd' OR (t.typcategory = 'A' AND t.typelem <> 0)
), kind AS (
    SELECT b.type, t.oid AS base,
           CASE t.typtype WHEN 'e' THEN 'anyenum'::regtype WHEN 'r' THEN 'anyrange'::regtype WHEN 'c' THEN 'record'::regtype
                          WHEN 'm' THEN to_regtype('anymultirange') END::oid AS pseudo
      FROM below AS b
      JOIN pg_type AS t ON t.oid = b.base
     WHERE NOT (t.typtype = 'd' OR (t.typcategory = 'A' AND t.typelem <> 0))
), ordered AS (
    -- Support function 4, version 13 on: equal values are the same to the byte.
    SELECT o.opcintype AS type,
           EXISTS (SELECT FROM pg_amproc AS p
                    WHERE p.amprocfamily = o.opcfamily AND p.amprocnum = 4
                      AND p.amproclefttype = o.opcintype AND p.amprocrighttype = o.opcintype) AS same_bytes
      FROM pg_opclass AS o
      JOIN pg_am AS m ON m.oid = o.opcmethod
     WHERE m.amname = 'btree' AND o.opcdefault
), orderable AS (
    SELECT k.type, bool_or(o.same_bytes) AS same_bytes
      FROM kind AS k
      JOIN ordered AS o
        ON o.type IN (k.base, k.pseudo)
        OR EXISTS (SELECT FROM pg_cast AS x
                    WHERE x.castsource = k.base AND x.castmethod = 'b' AND x.castcontext = 'i' AND x.casttarget = o.type)
     GROUP BY k.type
), compared AS (
    -- The default one is the database's. A provider of the server's own ('b', version 17) compares bytes always.
    SELECT c.oid,
           CASE c.collprovider WHEN 'd' THEN d.provider = 'b' OR (d.provider = 'c' AND d.locale IN ('C', 'POSIX'))
                               WHEN 'c' THEN c.collcollate IN ('C', 'POSIX')
                               ELSE c.collprovider = 'b' END AS byte_order,
           coalesce((to_jsonb(c) ->> 'collisdeterministic')::boolean, true) AS same_bytes
      FROM pg_collation AS c,
           (SELECT coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') AS provider, d.datcollate AS locale
              FROM pg_database AS d WHERE d.datname = current_database()) AS d
)
SELECT a.attrelid AS "table",
       a.attname::text AS name,
       format_type(a.atttypid, a.atttypmod) AS type_name,
       t.typcategory::text AS category,
       NOT a.attnotnull AS nullable,
       a.attcollation = 0 OR coalesce(k.byte_order, false) AS byte_order,
       o.type IS NOT NULL AS orderable,
       a.attlen AS length,
       CASE a.attalign WHEN 'c' THEN 1 WHEN 's' THEN 2 WHEN 'i' THEN 4 ELSE 8 END::smallint AS alignment,
       -- An array's own operators promise nothing, whatever its elements do.
       coalesce(o.same_bytes AND t.typcategory <> 'A' AND (a.attcollation = 0 OR k.same_bytes), false) AS deduplicated
  FROM pg_attribute AS a
  JOIN pg_type AS t ON t.oid = a.atttypid
  LEFT JOIN orderable AS o ON o.type = a.atttypid
  LEFT JOIN compared AS k ON k.oid = a.attcollation
 WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum
