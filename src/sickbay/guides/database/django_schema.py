"""Compares a Django project's tables with its models, and records migrations whose work is done already.

The project is loaded in a child alone: this file, run by its path with what to do as its first argument.
"""

from __future__ import annotations

import sys
from typing import Any

from sickbay.guides.database.copied_database import change_with_copy
from sickbay.guides.django_project import enter_project, project_says, run_in_project, run_manage
from sickbay.guides.function_parts import NOT_ASKED, WRONG, answer


def compare(*, settings: str) -> int:
    """Print what the models have and the tables lack, a line each, or ``same``."""
    return _ask("compare", settings)


def look_ahead(*, settings: str) -> int:
    """Print ``there already`` where the next migration's tables and columns are all there, else ``nothing``."""
    return _ask("look_ahead", settings)


def record(*, settings: str, database: str, copy: str) -> int:
    """Record migrations whose tables and columns are there, and apply the others; a copy of the file is kept."""
    return change_with_copy(database, copy, lambda: run_in_project(__file__, "record", settings))


def agree(*, settings: str) -> int:
    """Say that every migration is recorded and no table or column is missing; print what is not so, and return 1."""
    plan = run_manage("showmigrations", "--plan", f"--settings={settings}")
    if plan.returncode != 0:
        return answer("not asked", NOT_ASKED)
    if "[ ]" in plan.stdout:
        return answer("not all recorded", WRONG)
    found = project_says(__file__, "compare", settings)
    return answer("all recorded, and nothing missing") if found == "same" else answer(found or "not asked", WRONG)


def main(what: str, settings: str) -> None:
    """Do one thing in the project of this folder."""
    enter_project(settings)
    import django  # noqa: PLC0415  (only the child of a Django project has it)

    django.setup()
    {"compare": _compare, "look_ahead": _look_ahead, "record": _record}[what]()


def _compare() -> None:
    from django.apps import apps  # noqa: PLC0415  (as above)
    from django.db import connection  # noqa: PLC0415  (as above)

    with connection.cursor() as cursor:
        tables = {table.name for table in connection.introspection.get_table_list(cursor)}
        lacking = []
        for model in apps.get_models(include_auto_created=True):
            options = model._meta  # noqa: SLF001  (public, whatever its name says: Django documents it)
            name = options.db_table
            if not options.managed or options.proxy:
                continue
            if name not in tables:
                lacking.append(f"missing table {name}")
                continue
            columns = {column.name for column in connection.introspection.get_table_description(cursor, name)}
            wanted = [field.column for field in options.local_concrete_fields]
            lacking += [f"missing column {name}.{column}" for column in wanted if column not in columns]
    sys.stdout.write("\n".join(lacking or ["same"]) + "\n")


def _look_ahead() -> None:
    executor, plan = _executor_and_plan()
    sys.stdout.write("there already\n" if plan and _is_done(executor, plan[0]) else "nothing\n")


def _record() -> None:
    from django.core.management import call_command  # noqa: PLC0415  (as above)

    executor, plan = _executor_and_plan()
    for migration in plan:
        if not _is_done(executor, migration):
            break
        executor.recorder.record_applied(migration.app_label, migration.name)
        sys.stdout.write(f"recorded {migration.app_label}.{migration.name}\n")
    call_command("migrate", verbosity=0, interactive=False)


def _executor_and_plan() -> tuple[Any, list[Any]]:
    """Return Django's executor and the migrations that are not recorded yet, in order."""
    from django.db import connection  # noqa: PLC0415  (as above)
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415  (as above)

    executor: Any = MigrationExecutor(connection)
    return executor, [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def _is_done(executor: Any, migration: Any) -> bool:  # noqa: ANN401  (Django's own, loaded in the child alone)
    """Say whether all tables and columns of a migration are there, by Django's own check for first migrations."""
    migration.initial = True
    return bool(migration.operations) and bool(executor.detect_soft_applied(None, migration)[0])


def _ask(what: str, settings: str) -> int:
    said = project_says(__file__, what, settings)
    return answer(said) if said else answer("not asked", NOT_ASKED)


if __name__ == "__main__":
    main(*sys.argv[1:3])
