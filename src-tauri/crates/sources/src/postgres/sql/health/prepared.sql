-- Prepared transactions, the oldest first.
SELECT p.gid,
       p.owner::text AS owner,
       p.database::text AS database,
       greatest(extract(epoch FROM clock_timestamp() - p.prepared), 0)::float8 AS seconds,
       age(p.transaction)::float8 AS xid_age
  FROM pg_prepared_xacts AS p
 ORDER BY p.prepared, p.gid
 LIMIT 50
