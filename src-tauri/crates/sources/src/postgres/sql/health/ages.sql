-- How old the oldest transaction id of each database is. The next id is that of a snapshot: asking for it uses none up.
SELECT d.datname::text AS name,
       age(d.datfrozenxid)::float8 AS xid_age,
       mxid_age(d.datminmxid)::float8 AS mxid_age,
       pg_snapshot_xmax(pg_current_snapshot())::text::float8 AS next_xid,
       current_setting('autovacuum_freeze_max_age')::float8 AS freeze_max_age,
       current_setting('autovacuum_multixact_freeze_max_age')::float8 AS multixact_freeze_max_age
  FROM pg_database AS d
 ORDER BY greatest(age(d.datfrozenxid), mxid_age(d.datminmxid)) DESC, d.datname
 LIMIT 200
