-- Sessions that wait for a lock, longest first, with who blocks them and the lock that they ask for. Finding blockers takes
-- the lock manager for itself, so it is asked for these alone. Of all other locks only those are read that a blocker, or a
-- prepared transaction, holds on the very same object. $1: how many sessions at most; $2: how many blockers of each.
WITH waiter AS MATERIALIZED (
    SELECT a.pid,
           a.leader_pid,
           a.query_start,
           count(*) OVER () AS waiting
      FROM pg_stat_activity AS a
     WHERE a.wait_event_type = 'Lock'
       AND a.pid <> pg_backend_pid()
     ORDER BY a.query_start NULLS LAST, a.pid
     LIMIT $1
), blocked AS MATERIALIZED (
    SELECT w.*, (pg_blocking_pids(w.pid))[1:$2] AS blockers FROM waiter AS w
), asked AS MATERIALIZED (
    SELECT l.pid, l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid, l.transactionid, l.classid, l.objid,
           l.objsubid, l.mode, {waitstart} AS waitstart
      FROM pg_locks AS l
     WHERE NOT l.granted
       AND l.pid IN (SELECT w.pid FROM waiter AS w)
), held AS MATERIALIZED (
    SELECT k.pid AS waiter, l.pid, l.mode, l.virtualtransaction
      FROM asked AS k
      JOIN blocked AS b ON b.pid = k.pid AND cardinality(b.blockers) > 0
      JOIN pg_locks AS l
        ON l.granted
       AND l.locktype = k.locktype
       -- Comparable without NULLs, so that thousands of locks are hashed and not searched.
       AND coalesce(l.database, 0) = coalesce(k.database, 0)
       AND coalesce(l.relation, 0) = coalesce(k.relation, 0)
       AND coalesce(l.page, -1) = coalesce(k.page, -1)
       AND coalesce(l.tuple, -1) = coalesce(k.tuple, -1)
       AND coalesce(l.virtualxid, '') = coalesce(k.virtualxid, '')
       AND coalesce(l.transactionid, '0'::xid) = coalesce(k.transactionid, '0'::xid)
       AND coalesce(l.classid, 0) = coalesce(k.classid, 0)
       AND coalesce(l.objid, 0) = coalesce(k.objid, 0)
       AND coalesce(l.objsubid, -1) = coalesce(k.objsubid, -1)
       AND (l.pid IS NULL OR l.pid = b.blockers[1])
), prepared AS MATERIALIZED (
    -- A prepared transaction has no session: it is known by the transaction id that it holds as well.
    SELECT l.virtualtransaction, p.gid
      FROM pg_locks AS l
      JOIN pg_prepared_xacts AS p ON p.transaction = l.transactionid
     WHERE l.pid IS NULL
       AND l.locktype = 'transactionid'
       AND l.granted
       AND EXISTS (SELECT FROM held AS h WHERE h.pid IS NULL)
)
SELECT b.pid,
       b.leader_pid,
       b.blockers,
       b.waiting AS all_waiting,
       extract(epoch FROM clock_timestamp() - coalesce(k.waitstart, b.query_start))::float8 AS seconds,
       k.locktype,
       k.mode,
       d.datname::text AS database,
       d.datname = current_database() AS here,
       k.relation,
       n.nspname::text AS relation_schema,
       r.relname::text AS relation_name,
       k.page,
       k.tuple::int4 AS tuple,
       k.virtualxid,
       k.transactionid::text AS transactionid,
       k.classid,
       o.relname::text AS catalog,
       k.objid,
       k.objsubid::int4 AS objsubid,
       ARRAY(SELECT h.mode FROM held AS h WHERE h.waiter = b.pid AND h.pid = b.blockers[1]) AS held_modes,
       ARRAY(SELECT x.gid FROM held AS h LEFT JOIN prepared AS x USING (virtualtransaction)
              WHERE h.waiter = b.pid AND h.pid IS NULL ORDER BY x.gid, h.mode) AS prepared_gids,
       ARRAY(SELECT h.mode FROM held AS h LEFT JOIN prepared AS x USING (virtualtransaction)
              WHERE h.waiter = b.pid AND h.pid IS NULL ORDER BY x.gid, h.mode) AS prepared_modes
  FROM blocked AS b
  LEFT JOIN asked AS k ON k.pid = b.pid
  LEFT JOIN pg_catalog.pg_database AS d ON d.oid = k.database
  LEFT JOIN pg_catalog.pg_class AS r ON r.oid = k.relation AND (k.database = 0 OR d.datname = current_database())
  LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
  LEFT JOIN pg_catalog.pg_class AS o ON o.oid = k.classid AND k.locktype = 'object'
 ORDER BY b.query_start NULLS LAST, b.pid
