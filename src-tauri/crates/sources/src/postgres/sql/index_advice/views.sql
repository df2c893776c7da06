-- Views, without those of the system and of extensions. $1: how many at most; definitions longer than $2 are left out.
SELECT v.schema, v.name, v.definition
  FROM (SELECT n.nspname::text AS schema, c.relname::text AS name, pg_get_viewdef(c.oid) AS definition
          FROM pg_class AS c
          JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind = 'v'
           AND c.relpersistence <> 't'
           AND n.nspname <> 'information_schema'
           AND n.nspname NOT LIKE 'pg\_%'
           AND NOT EXISTS (SELECT FROM pg_depend AS d
                            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
         ORDER BY c.oid
         LIMIT $1) AS v
 WHERE octet_length(v.definition) <= $2
 ORDER BY v.schema, v.name
