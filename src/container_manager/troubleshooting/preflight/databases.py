"""Databases of a project, opened so that nothing can be written: by the server's transaction, or by SQLite itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from container_manager.troubleshooting.preflight.judgments import DatabaseReading, Trouble
from sickbay.checks import Finding, unmeasured
from sickbay.safety.databases import reading_address
from sickbay.safety.outcome import NotMeasured

#: A server that is well answers within milliseconds; the driver counts in whole seconds, and at least two.
CONNECT_SECONDS = 2
_STATEMENT_MILLISECONDS = 2000

_SQLITE, _POSTGRESQL = "sqlite", "postgresql"
_SLOW = frozenset({"ConnectionTimeout", "QueryCanceled", "LockNotAvailable"})


@cache
def read_databases() -> tuple[DatabaseReading, ...]:
    """Ask each database of the settings for its version, at the first call."""
    return tuple(_read(alias) for alias in connections if _is_configured(alias))


@contextmanager
def only_reading(alias: str) -> Iterator[BaseDatabaseWrapper]:
    """Give a connection, in one transaction that cannot write and is rolled back. Raises ``DatabaseError``."""
    connection = connections[alias]
    with transaction.atomic(using=alias):
        with connection.cursor() as cursor:
            if connection.vendor == _POSTGRESQL:  # said inside: a pooler keeps nothing of it for others
                cursor.execute("SET TRANSACTION READ ONLY")
                cursor.execute(f"SET LOCAL statement_timeout = {_STATEMENT_MILLISECONDS}")
                cursor.execute(f"SET LOCAL lock_timeout = {_STATEMENT_MILLISECONDS}")
            else:
                cursor.execute("PRAGMA query_only = ON")
        yield connection
        transaction.set_rollback(True, using=alias)


def _is_configured(alias: str) -> bool:
    engine = str(settings.DATABASES[alias].get("ENGINE", ""))
    return engine != "" and not engine.endswith(".dummy")


def _read(alias: str) -> DatabaseReading:
    try:
        connection = connections[alias]
    except ImproperlyConfigured as error:  # its driver is not installed
        where = str(settings.DATABASES[alias]["ENGINE"])
        detail = " ".join(str(error).split())
        return DatabaseReading(
            alias=alias, where=where, trouble=Trouble.FAILED, detail=detail, cause="db-driver-missing"
        )
    where = _where(connection)
    trouble = _prepared(connection)
    if trouble is not None:
        return DatabaseReading(alias=alias, where=where, trouble=trouble[0], detail=trouble[1], cause=trouble[2])
    try:
        with only_reading(alias) as opened:
            return DatabaseReading(alias=alias, where=where, version=_version(opened))
    except DatabaseError as error:
        return _failed(alias, where, error)


def _where(connection: BaseDatabaseWrapper) -> str:
    given = connection.settings_dict
    host = f"{given['HOST']}:{given['PORT']}".strip(":")
    return f"{host} {given['NAME']}" if host else str(given["NAME"])


def _prepared(connection: BaseDatabaseWrapper) -> tuple[Trouble, str, str] | None:
    """Make the connection one that only reads; return why it cannot be used, with a sentence and a cause."""
    given: dict[str, Any] = connection.settings_dict
    if connection.vendor == _POSTGRESQL:
        options = {key: value for key, value in given["OPTIONS"].items() if key != "pool"}
        given["OPTIONS"] = {**options, "connect_timeout": CONNECT_SECONDS}
        return None
    if connection.vendor != _SQLITE:
        return Trouble.UNKNOWN_KIND, f"{connection.vendor} is not asked: only PostgreSQL and SQLite are", ""
    name = str(given["NAME"])
    if name == ":memory:" or "mode=memory" in name:
        return Trouble.IN_MEMORY, "it is in memory: each process has its own", ""
    if name.startswith("file:"):
        return Trouble.UNKNOWN_KIND, "an address of SQLite is not asked: only a path is", ""
    try:
        if not Path(name).exists():
            return Trouble.MISSING, "there is no such file", "sqlite-unable-to-open"
        if not os.access(name, os.R_OK, effective_ids=True):
            return Trouble.DENIED, f"this user may not read {name}", ""
        given["NAME"] = reading_address(Path(name))
    except OSError as error:
        return Trouble.DENIED, f"{name}: {error.strerror}", ""
    given["OPTIONS"] = {"timeout": CONNECT_SECONDS}
    return None


def _version(connection: BaseDatabaseWrapper) -> str:
    kind = "PostgreSQL" if connection.vendor == _POSTGRESQL else "SQLite"
    return f"{kind} {'.'.join(map(str, connection.get_database_version()))}"


def _failed(alias: str, where: str, error: DatabaseError) -> DatabaseReading:
    text = " ".join(str(error).split())
    if type(error.__cause__).__name__ in _SLOW:
        detail = f"no answer in {CONNECT_SECONDS} s from {where}"
        return DatabaseReading(alias=alias, where=where, trouble=Trouble.SLOW, detail=detail)
    if "Permission denied" in text and "failed" in text:  # the driver has no code for a socket it may not open
        return DatabaseReading(alias=alias, where=where, trouble=Trouble.DENIED, detail=text)
    from container_manager.troubleshooting.hosts import cause_of_text  # noqa: PLC0415  (what is well needs no guides)

    return DatabaseReading(alias=alias, where=where, trouble=Trouble.FAILED, detail=text, cause=cause_of_text(text))


def unread(error: DatabaseError) -> Finding:
    """Return what it means that a database that answers was not read after all."""
    text = " ".join(str(error).split())
    match type(error.__cause__).__name__:
        case name if name in _SLOW:
            return unmeasured(NotMeasured.TIMEOUT, text)
        case "InsufficientPrivilege":
            return unmeasured(NotMeasured.PERMISSION, text)
        case _:
            return unmeasured(NotMeasured.BROKEN, text, follows="database")
