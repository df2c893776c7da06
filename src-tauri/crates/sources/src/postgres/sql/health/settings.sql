-- The settings that are judged, as they are without what this session set for itself; and any that wait for a restart.
SELECT s.name::text AS name, s.reset_val AS value, s.unit, {pending_restart} AS pending_restart
  FROM pg_settings AS s
 WHERE s.name = ANY($1) OR {pending_restart}
 ORDER BY s.name
 LIMIT 200
