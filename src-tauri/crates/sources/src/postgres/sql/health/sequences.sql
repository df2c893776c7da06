-- How far sequences are from their end, or from that of the column which they fill. Reading one takes a right on it;
-- one that was never used has no last value.
WITH all_sequences AS (
  SELECT s.seqrelid, n.nspname::text AS schema, c.relname::text AS name, s.seqmax::float8 AS most, s.seqincrement::float8 AS step,
         has_sequence_privilege(s.seqrelid, 'SELECT, USAGE') AND has_schema_privilege(n.oid, 'USAGE') AS readable
    FROM pg_sequence AS s
    JOIN pg_class AS c ON c.oid = s.seqrelid AND c.relpersistence <> 't'
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE s.seqincrement > 0 AND NOT s.seqcycle
   LIMIT 20000
), filled AS (
  -- serial and identity own their sequence; a default may use it all the same.
  SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid::int2 AS attribute
    FROM pg_depend AS d
   WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
   UNION
  SELECT d.refobjid, f.adrelid, f.adnum
    FROM pg_depend AS d
    JOIN pg_attrdef AS f ON f.oid = d.objid
   WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass
), smallest AS (
  SELECT DISTINCT ON (f.sequence) f.sequence, tn.nspname::text AS table_schema, t.relname::text AS table_name,
         a.attname::text AS column_name, format_type(a.atttypid, a.atttypmod) AS column_type,
         CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 END::float8 AS most
    FROM filled AS f
    JOIN all_sequences AS s ON s.seqrelid = f.sequence
    JOIN pg_attribute AS a ON a.attrelid = f.relation AND a.attnum = f.attribute AND NOT a.attisdropped
    JOIN pg_class AS t ON t.oid = f.relation
    JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
   ORDER BY f.sequence, most NULLS LAST, t.oid
), read AS (
  SELECT s.*, c.table_schema, c.table_name, c.column_name, c.column_type,
         least(s.most, c.most) AS ends_at,
         CASE WHEN s.readable THEN pg_sequence_last_value(s.seqrelid)::float8 END AS last_value
    FROM all_sequences AS s
    LEFT JOIN smallest AS c ON c.sequence = s.seqrelid
)
SELECT schema, name, last_value, ends_at, step, table_schema, table_name, column_name, column_type, readable,
       (count(*) OVER ())::float8 AS total,
       ((count(*) FILTER (WHERE NOT readable) OVER ()))::float8 AS hidden,
       min(schema) FILTER (WHERE NOT readable) OVER () AS hidden_schema
  FROM read
 ORDER BY last_value / ends_at DESC NULLS LAST, schema, name
 LIMIT 100
