SELECT system_identifier::text AS system FROM pg_control_system()
