-- How far the session $1 is.
SELECT p.phase, p.lockers_total, p.lockers_done, p.blocks_total, p.blocks_done, p.tuples_total, p.tuples_done,
       nullif(p.index_relid, 0) AS index
  FROM pg_stat_progress_create_index AS p
 WHERE p.pid = $1
