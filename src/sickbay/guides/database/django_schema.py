"""Compares a Django project's tables with its models, and records migrations whose work is done already.

The project is loaded in a child alone: this file, run by its path with what to do as its first argument.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

_COULD_NOT_ASK = 3


def compare(*, settings: str) -> int:
    """Print what the models have and the tables lack, a line each, or ``same``."""
    done = _child("compare", settings)
    sys.stdout.write(done.stdout if done.returncode == 0 else "not asked\n")
    return 0 if done.returncode == 0 else _COULD_NOT_ASK


def look_ahead(*, settings: str) -> int:
    """Print ``there already`` where the next migration's tables and columns are all there, else ``nothing``."""
    done = _child("look_ahead", settings)
    sys.stdout.write(done.stdout if done.returncode == 0 else "not asked\n")
    return 0 if done.returncode == 0 else _COULD_NOT_ASK


def record(*, settings: str, database: str, copy: str) -> int:
    """Record migrations whose tables and columns are there, and apply the others; a copy of the file is kept."""
    there, kept, digest = Path(database), Path(copy), Path(f"{copy}.digest")
    if not there.is_file() or kept.exists() or digest.exists():
        return _answer("there is no such database, or a copy lies there already", 1)
    if any(Path(f"{database}{ending}").exists() for ending in ("-wal", "-journal")):
        return _answer("somebody is writing to the database", 1)
    shutil.copy2(there, kept)
    done = _child("record", settings)
    if done.returncode != 0:
        there.write_bytes(kept.read_bytes())
        kept.unlink()
        return _answer(done.stderr.strip()[-500:], 1)
    digest.write_text(hashlib.sha256(there.read_bytes()).hexdigest())
    return _answer(done.stdout.strip())


def agree(*, settings: str) -> int:
    """Say that every migration is recorded and no table or column is missing; print what is not so, and return 1."""
    plan = _manage("showmigrations", "--plan", f"--settings={settings}")
    if plan.returncode != 0:
        return _answer("not asked", _COULD_NOT_ASK)
    if "[ ]" in plan.stdout:
        return _answer("not all recorded", 1)
    done = _child("compare", settings)
    if done.returncode != 0 or done.stdout.strip() != "same":
        return _answer(done.stdout.strip() or "not asked", 1)
    return _answer("all recorded, and nothing missing")


def main(what: str, settings: str) -> None:
    """Do one thing in the project of this folder."""
    sys.path.insert(0, str(Path.cwd()))
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
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


def _child(what: str, settings: str) -> subprocess.CompletedProcess[str]:
    return _run(str(Path(__file__).resolve()), what, settings)


def _manage(*arguments: str) -> subprocess.CompletedProcess[str]:
    return _run("manage.py", *arguments)


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-B", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def _answer(word: str, exit_code: int = 0) -> int:
    sys.stdout.write(f"{word}\n")
    return exit_code


if __name__ == "__main__":
    main(*sys.argv[1:3])
