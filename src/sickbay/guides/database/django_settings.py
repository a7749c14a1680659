"""Looks at, and mends, how a Django project's settings describe its databases.

The settings are loaded in a child alone: this file, run by its path with what to do as its first argument.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Callable
from typing import Any

from sickbay.guides.django_project import enter_project, project_says
from sickbay.guides.function_parts import NOT_ASKED, WELL, WRONG, answer, change_text, put_text_back
from sickbay.guides.kept_file import Edit
from sickbay.guides.line_edits import one_line

_ENGINE = re.compile(r"""(?P<before>["']ENGINE["']\s*:\s*["'])(?P<engine>[\w.]+)(?P<after>["'])""")
_ENGINES = tuple(f"django.db.backends.{name}" for name in ("postgresql", "mysql", "sqlite3", "oracle"))
_OTHER_NAMES = {"postgres": "postgresql", "psycopg": "postgresql", "psycopg2": "postgresql", "pgsql": "postgresql"}
_OTHER_NAMES |= {"sqlite": "sqlite3", "mariadb": "mysql", "postgresql_psycopg2": "postgresql"}
_MAX_AGE = re.compile(r"""["']CONN_MAX_AGE["']\s*:\s*(?:[^,}\n]+)""")
_UNCHECKED = re.compile(r"""(["']CONN_HEALTH_CHECKS["']\s*:\s*)False""")

_TIMEOUT = re.compile(r"""(?P<before>["']timeout["']\s*:\s*)[\d.]+""")
_PATIENCE_SECONDS = 20


def check_engines(*, settings: str) -> int:
    """Print ``known`` where every database's engine can be loaded, else ``unknown engine``."""
    return _ask("engines", settings)


def check_connections(*, settings: str) -> int:
    """Print ``checked`` where no connection is kept without a look at it before its next use, else ``unchecked``."""
    return _ask("connections", settings)


def check_waiting(*, settings: str) -> int:
    """Print ``patient`` where SQLite waits for locks, and takes them early, else ``unwilling to wait``."""
    return _ask("waiting", settings)


def wait_for_locks(*, file: str) -> int:
    """Let SQLite wait for locks, and take them at a transaction's begin. The file as it was is kept beside it."""
    return change_text(file, _line_changed(_with_patience))


def take_waiting_back(*, file: str) -> int:
    """Take :func:`wait_for_locks` back."""
    return put_text_back(file, _line_changed(_with_patience))


def name_engine(*, file: str) -> int:
    """Write the engine that is meant. The file as it was is kept beside it."""
    return change_text(file, _line_changed(_with_engine))


def take_engine_back(*, file: str) -> int:
    """Take :func:`name_engine` back."""
    return put_text_back(file, _line_changed(_with_engine))


def look_before_use(*, file: str) -> int:
    """Let kept connections be looked at before their next use. The file as it was is kept beside it."""
    return change_text(file, _with_checks)


def take_look_back(*, file: str) -> int:
    """Take :func:`look_before_use` back."""
    return put_text_back(file, _with_checks)


def main(what: str, settings: str) -> None:
    """Do one thing with the settings of this folder's project."""
    enter_project(settings)
    {"engines": _engines, "connections": _connections, "waiting": _waiting}[what]()


def _engines() -> None:
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415  (only the child has the project)
    from django.db import connections  # noqa: PLC0415  (as above)

    try:
        engines = [connection.settings_dict["ENGINE"] for connection in connections.all()]
    except ImproperlyConfigured as error:
        if "available database backend" not in str(error):  # a driver that is missing is another fault
            raise
        engines = [""]
    is_known = all(engine and not engine.endswith(".dummy") for engine in engines)
    sys.stdout.write("known\n" if is_known else "unknown engine\n")


def _connections() -> None:
    from django.conf import settings  # noqa: PLC0415  (as above)

    databases: dict[str, Any] = settings.DATABASES
    kept = [each for each in databases.values() if each.get("CONN_MAX_AGE", 0) != 0]
    is_checked = all(each.get("CONN_HEALTH_CHECKS", False) for each in kept)
    sys.stdout.write("checked\n" if is_checked else "unchecked\n")


def _waiting() -> None:
    from django.conf import settings  # noqa: PLC0415  (as above)

    databases: dict[str, Any] = settings.DATABASES
    sqlite = [each for each in databases.values() if each.get("ENGINE", "").endswith(".sqlite3")]
    options = [each.get("OPTIONS", {}) for each in sqlite]
    is_patient = all(
        float(each.get("timeout", 5)) >= 5 and str(each.get("transaction_mode", "")).upper() == "IMMEDIATE"
        for each in options
    )
    sys.stdout.write("patient\n" if is_patient else "unwilling to wait\n")


def _with_engine(line: str) -> str:
    """Return the line with the engine of Django's that is nearest, empty where the line names none or a known one."""
    found = _ENGINE.search(line)
    if found is None or found["engine"] in _ENGINES:
        return ""
    last = found["engine"].rpartition(".")[2].lower()
    near = [_OTHER_NAMES[last]] if last in _OTHER_NAMES else _nearest(last)
    known = f"django.db.backends.{near[0]}" if near else ""
    return line[: found.start("engine")] + known + line[found.end("engine") :] if known else ""


def _nearest(name: str) -> list[str]:
    return difflib.get_close_matches(name, [engine.rpartition(".")[2] for engine in _ENGINES], n=1)


def _with_checks(text: str) -> str:
    """Switch checks on where they are off, else beside the age of kept connections."""
    is_off = any(_UNCHECKED.search(line) for line in text.split("\n") if not _is_comment(line))
    return _line_changed(_with_check_on if is_off else _with_check_added)(text)


def _with_check_on(line: str) -> str:
    return _UNCHECKED.sub(r"\1True", line)


def _with_check_added(line: str) -> str:
    """Return the line with checks, empty where it says nothing of kept connections or something of checks."""
    if "CONN_HEALTH_CHECKS" in line or not _MAX_AGE.search(line):
        return ""
    return _MAX_AGE.sub(lambda found: f'{found.group().rstrip()}, "CONN_HEALTH_CHECKS": True', line, count=1)


def _with_patience(line: str) -> str:
    """Return the line with a longer timeout and early locks, empty where it says nothing of a timeout."""
    if not _TIMEOUT.search(line):
        return ""
    mode = "" if "transaction_mode" in line else ', "transaction_mode": "IMMEDIATE"'
    return _TIMEOUT.sub(lambda found: f"{found['before']}{_PATIENCE_SECONDS}{mode}", line, count=1)


def _line_changed(changed: Callable[[str], str]) -> Edit:
    return one_line(lambda line: "" if _is_comment(line) else changed(line), "no line of it is what this changes")


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _ask(what: str, settings: str) -> int:
    said = project_says(__file__, what, settings)
    return answer(said, WRONG if said.startswith("un") else WELL) if said else answer("not asked", NOT_ASKED)


if __name__ == "__main__":
    main(*sys.argv[1:3])
