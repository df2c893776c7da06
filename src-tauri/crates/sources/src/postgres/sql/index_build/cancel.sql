-- Stops what the session $1 still does after its connection was lost, if it is the one that was ours.
SELECT pg_cancel_backend(a.pid)
  FROM pg_stat_activity AS a
 WHERE a.pid = $1 AND a.application_name = $2 AND a.usename = current_user
