-- What each statement has counted, those that took most time first. Texts are not read. $1: how many at most.
SELECT s.userid,
       s.dbid,
       s.queryid,
       {top_level} AS top_level,
       {since} AS since,
       {counters}
  FROM {schema}.pg_stat_statements(showtext := false) AS s
 ORDER BY s.total_exec_time DESC
 LIMIT $1
