-- Scans of the indexes $1 on this server; a physical copy has the same numbers.
SELECT indexrelid AS oid, idx_scan AS scans
  FROM pg_stat_all_indexes
 WHERE indexrelid = ANY ($1)
   AND idx_scan > 0
