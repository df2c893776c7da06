-- Set once on every connection: a guard rail against writing, and bounds on what a poll may cost.
SET default_transaction_read_only = on;
SET statement_timeout = '5s';
SET lock_timeout = '1s';
SET idle_in_transaction_session_timeout = '10s';
SET standard_conforming_strings = on;
