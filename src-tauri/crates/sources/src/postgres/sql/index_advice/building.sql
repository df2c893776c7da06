-- Which of the invalid indexes $1 are being built. The progress of others is hidden from some roles; the lock that a
-- concurrent build holds on the table is not, though a VACUUM holds it too.
SELECT i.indexrelid AS oid
  FROM pg_index AS i
 WHERE i.indexrelid = ANY ($1)
   AND (i.indexrelid IN (SELECT p.index_relid FROM pg_stat_progress_create_index AS p)
        OR i.indrelid IN (SELECT l.relation
                            FROM pg_locks AS l
                           WHERE l.locktype = 'relation' AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted
                             AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())))
