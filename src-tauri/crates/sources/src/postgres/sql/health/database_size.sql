-- Size of this database.
SELECT pg_database_size(current_database())::float8 AS bytes
