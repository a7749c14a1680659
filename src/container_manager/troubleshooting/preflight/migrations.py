"""Which migrations a database has, and which the code has."""

from __future__ import annotations

from django.db import DatabaseError
from django.db.migrations.exceptions import BadMigrationError, InconsistentMigrationHistory, NodeNotFoundError
from django.db.migrations.executor import MigrationExecutor

from container_manager.troubleshooting.preflight.databases import only_reading
from container_manager.troubleshooting.preflight.judgments import MigrationReading


def read_migrations(alias: str) -> MigrationReading:
    """Compare the two for one database. Raises ``DatabaseError``."""
    with only_reading(alias) as connection:
        try:
            executor = MigrationExecutor(connection)
        except NodeNotFoundError as error:
            return MigrationReading(alias=alias, node_missing=str(error))
        except DatabaseError:
            raise
        except (BadMigrationError, ImportError, SyntaxError, TypeError, NameError, AttributeError, ValueError) as error:
            return MigrationReading(alias=alias, broken=f"{type(error).__name__}: {error}")
        loader = executor.loader
        conflicts = tuple(f"{app}: {', '.join(sorted(names))}" for app, names in loader.detect_conflicts().items())
        if conflicts:
            return MigrationReading(alias=alias, conflicts=conflicts)
        try:
            loader.check_consistent_history(connection)
        except InconsistentMigrationHistory as error:
            return MigrationReading(alias=alias, inconsistent=str(error))
        plan = executor.migration_plan(loader.graph.leaf_nodes())
        unapplied = tuple(f"{migration.app_label}.{migration.name}" for migration, _ in plan)
        return MigrationReading(alias=alias, unapplied=unapplied, applied=len(loader.applied_migrations))
