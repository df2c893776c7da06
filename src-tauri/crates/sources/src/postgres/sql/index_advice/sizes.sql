-- Bytes of tables and indexes that were never counted, $1. Asking takes a lock, so those that are locked away are left out.
SELECT r.oid, pg_relation_size(r.oid) AS bytes
  FROM unnest($1) AS r(oid)
 WHERE r.oid NOT IN (SELECT l.relation FROM pg_locks AS l WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock')
