-- Why a session could not be signalled: a superuser's needs another superuser. $1: its pid.
SELECT current_user::text AS role,
       coalesce((SELECT r.rolsuper
                   FROM pg_stat_activity AS a
                   JOIN pg_catalog.pg_roles AS r ON r.oid = a.usesysid
                  WHERE a.pid = $1), false) AS superuser
