-- Columns of each CREATE STATISTICS on the tables $1.
SELECT s.stxrelid AS "table",
       ARRAY(SELECT a.attname::text
               FROM unnest(s.stxkeys::int2[]) WITH ORDINALITY AS k(attnum, place)
               JOIN pg_attribute AS a ON a.attrelid = s.stxrelid AND a.attnum = k.attnum
              ORDER BY k.place) AS columns
  FROM pg_statistic_ext AS s
 WHERE s.stxrelid = ANY ($1)
 ORDER BY s.stxrelid, s.oid
