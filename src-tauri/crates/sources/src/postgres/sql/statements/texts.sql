-- The texts of these statements, with whose they are. $1: their ids; $2: how much of a text at most.
SELECT s.userid,
       s.dbid,
       s.queryid,
       {top_level} AS top_level,
       CASE WHEN octet_length(s.query) > $2 THEN left(s.query, $2) ELSE s.query END AS text,
       coalesce(d.datname::text, format('dropped (OID=%s)', s.dbid)) AS database,
       pg_get_userbyid(s.userid)::text AS "user"
  FROM {schema}.pg_stat_statements(showtext := true) AS s
  LEFT JOIN pg_database AS d ON d.oid = s.dbid
 WHERE s.queryid = ANY ($1)
