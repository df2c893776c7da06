-- Plans are made as for the application, for the shape of a statement rather than for its values, and never take long.
SET plan_cache_mode = force_generic_plan;
SET jit = off;
SET statement_timeout = '2s';
SET client_min_messages = error;
