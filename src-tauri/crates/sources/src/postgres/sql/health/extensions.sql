-- The extensions that the console makes use of. A loaded library shows by its settings, which everybody may see.
SELECT e.name::text AS name,
       e.installed_version::text AS installed,
       e.default_version::text AS available,
       CASE e.name WHEN 'pg_stat_statements'
            THEN EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max') END AS loaded
  FROM pg_available_extensions AS e
 WHERE e.name IN ('pg_stat_statements', 'hypopg')
