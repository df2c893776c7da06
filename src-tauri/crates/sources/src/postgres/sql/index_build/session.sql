-- Set once on the session that builds: it may write, and takes the time that it takes.
SET default_transaction_read_only = off;
SET statement_timeout = 0;
SET standard_conforming_strings = on;
SET client_min_messages = notice;
-- Of later versions.
SELECT set_config(s.name, '0', false)
  FROM pg_settings AS s
 WHERE s.name IN ('transaction_timeout', 'idle_session_timeout');
