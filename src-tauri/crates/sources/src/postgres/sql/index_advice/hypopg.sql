-- Where HypoPG is, whether it could be, and what this role may do with it. Hiding indexes came with HypoPG 1.4.
SELECT current_setting('server_version_num')::int4 AS version,
       current_user::text AS role,
       e.schema,
       e.usable,
       coalesce(e.usable AND to_regprocedure(e.schema || '.hypopg_hide_index(oid)') IS NOT NULL
                         AND to_regprocedure(e.schema || '.hypopg_unhide_index(oid)') IS NOT NULL, false) AS can_hide,
       EXISTS (SELECT FROM pg_available_extensions AS a WHERE a.name = 'hypopg') AS available
  FROM (SELECT) AS one
  LEFT JOIN (SELECT quote_ident(n.nspname) AS schema, has_schema_privilege(n.oid, 'USAGE') AS usable
               FROM pg_extension AS x
               JOIN pg_namespace AS n ON n.oid = x.extnamespace
              WHERE x.extname = 'hypopg') AS e ON true
