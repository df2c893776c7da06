-- Tables of this name that the role lacks a privilege on. $1: the name; $2: the privilege beside SELECT.
SELECT format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relname = $1
   AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, $2))
 LIMIT 2
