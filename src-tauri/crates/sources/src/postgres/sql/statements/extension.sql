-- Where pg_stat_statements is, in which version and with which columns, and whether it counts.
SELECT current_database()::text AS database,
       current_user::text AS role,
       e.schema,
       e.version,
       e.columns,
       coalesce(e.usable, false) AS usable,
       -- A setting that only the loaded library makes known.
       EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max') AS loaded,
       current_setting('pg_stat_statements.track', true) IS DISTINCT FROM 'none' AS tracks,
       -- Version 14 and later.
       current_setting('compute_query_id', true) IS DISTINCT FROM 'off' AS identifies,
       coalesce(current_setting('pg_stat_statements.track_planning', true) = 'on', false) AS track_planning,
       current_setting('track_io_timing') = 'on' AS io_timing,
       current_setting('jit', true) IS DISTINCT FROM 'off' AS jit
  FROM (SELECT) AS one
  LEFT JOIN (SELECT quote_ident(n.nspname) AS schema, x.extversion AS version,
                    has_schema_privilege(n.oid, 'USAGE') AS usable,
                    ARRAY(SELECT c.relname || '.' || a.attname
                            FROM pg_class AS c
                            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                           WHERE c.relnamespace = n.oid
                             AND c.relname IN ('pg_stat_statements', 'pg_stat_statements_info')) AS columns
               FROM pg_extension AS x
               JOIN pg_namespace AS n ON n.oid = x.extnamespace
              WHERE x.extname = 'pg_stat_statements') AS e ON true
