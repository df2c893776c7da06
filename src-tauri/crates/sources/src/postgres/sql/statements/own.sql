-- What the server counted of the queries that carry the console's mark, by their names, as this role ran them.
SELECT substring(s.query FROM 'mpanel console: ([a-z0-9_.]+)') AS name,
       sum(s.calls)::float8 AS calls,
       sum(s.total_exec_time + s.total_plan_time)::float8 AS ms
  FROM {schema}.pg_stat_statements AS s
 WHERE s.userid = (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = current_user)
   AND s.query ~ 'mpanel console: [a-z0-9_.]+'
 GROUP BY 1
 ORDER BY ms DESC
 LIMIT 500
