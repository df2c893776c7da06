-- The statements of this database that took most time. $1: how many at most; texts longer than $2 bytes are left out.
SELECT s.userid,
       s.queryid,
       {top_level} AS top_level,
       s.calls,
       s.total_exec_time AS total_ms,
       s.rows,
       -- Of others' statements the id is hidden with the text.
       CASE WHEN s.queryid IS NOT NULL AND octet_length(s.query) <= $2 THEN s.query END AS text,
       (extract(epoch FROM {since}) * 1000)::int8 AS since
  FROM {schema}.pg_stat_statements AS s
 WHERE s.dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
 ORDER BY s.total_exec_time DESC, s.queryid, s.userid
 LIMIT $1
