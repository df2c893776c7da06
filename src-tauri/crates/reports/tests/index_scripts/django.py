# Loads a migration of Django with a RunSQL that keeps what it is given, and takes it back as Django does.
import importlib.util
import json
import sys
import types


class RunSQL:
    def __init__(self, sql, reverse_sql):
        self.sql, self.reverse_sql = sql, reverse_sql


migrations = types.ModuleType("django.db.migrations")
migrations.Migration, migrations.RunSQL = object, RunSQL
database = types.ModuleType("django.db")
database.migrations = migrations
sys.modules.update({"django": types.ModuleType("django"), "django.db": database, "django.db.migrations": migrations})

spec = importlib.util.spec_from_file_location("migration", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
migration = module.Migration
assert migration.atomic is False
assert len(migration.dependencies) == 1
up = [sql for operation in migration.operations for sql in operation.sql]
down = [sql for operation in reversed(migration.operations) for sql in operation.reverse_sql]
print(json.dumps([up, down]))
