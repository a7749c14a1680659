"""The databases of scratch installations: a SQLite file, or one of a real PostgreSQL server."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg.rows import dict_row

from tests.postgresql import ROLE, PostgresServer

PROJECT = Path(__file__).resolve().parent.parent.parent

Row = dict[str, Any]


class Database(Protocol):
    """One installation's database. Queries mark their values with ``?``."""

    kind: str

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes ``tests.crash.settings`` use it."""
        ...

    def rows(self, query: str, *values: Any) -> list[Row]:
        """Read, or change, past everybody, in a transaction of its own."""
        ...

    def drop(self) -> None:
        """Remove it."""
        ...


class SqliteDatabase:
    """A file in the installation's folder."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "db.sqlite3"

    @property
    def environment(self) -> Mapping[str, str]:
        return {"SICKBAY_CRASH_SQLITE": str(self.path)}

    def connection(self) -> contextlib.closing[sqlite3.Connection]:
        """Return a connection that begins transactions only when told."""
        return contextlib.closing(sqlite3.connect(self.path, timeout=30, isolation_level=None))

    def rows(self, query: str, *values: Any) -> list[Row]:
        with contextlib.closing(sqlite3.connect(self.path, timeout=60)) as connection, connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]

    def drop(self) -> None:
        """The folder is removed by whoever made it."""


class PostgresqlDatabase:
    """A database of a server."""

    kind = "postgresql"

    def __init__(self, server: PostgresServer, name: str) -> None:
        self.server = server
        self.name = name

    @property
    def environment(self) -> Mapping[str, str]:
        return {**self.server.environment, "SICKBAY_TEST_DATABASE": self.name}

    def rows(self, query: str, *values: Any) -> list[Row]:
        told = query.replace("?", "%s")
        with psycopg.connect(host=str(self.server.folder), user=ROLE, dbname=self.name) as connection:
            cursor = connection.cursor(row_factory=dict_row).execute(told.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def drop(self) -> None:
        self.server.query(f'drop database if exists "{self.name}" with (force)')


class Databases:
    """Makes migrated databases, each a copy of one that was migrated once. ``close`` ends the server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self._server: PostgresServer | None = None

    def new(self, kind: str, folder: Path) -> Database:
        """Return a migrated database of this kind for an installation in ``folder``."""
        if kind == "sqlite":
            shutil.copy(self._migrated_file, folder / "db.sqlite3")
            return SqliteDatabase(folder)
        return self.new_on(self.server, folder)

    def new_on(self, server: PostgresServer, folder: Path) -> PostgresqlDatabase:
        """Return a migrated database of this server."""
        name = f"scratch-{os.getpid()}-{next(self._numbers)}"
        if server is self._server:
            server.query(f'create database "{name}" owner {ROLE} template "{self._migrated_name}"')
        else:
            server.create_database(name)
            migrate(PostgresqlDatabase(server, name), folder)
        return PostgresqlDatabase(server, name)

    @property
    def server(self) -> PostgresServer:
        """The server that nobody may disturb."""
        if self._server is None:
            self._server = PostgresServer()
            self._server.start()
        return self._server

    def close(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.close()

    @cached_property
    def _migrated_file(self) -> Path:
        migrate(SqliteDatabase(self._folder), self._folder)
        return self._folder / "db.sqlite3"

    @cached_property
    def _migrated_name(self) -> str:
        self.server.create_database("migrated")
        migrate(PostgresqlDatabase(self.server, "migrated"), self._folder)
        return "migrated"


def migrate(database: Database, folder: Path) -> None:
    """Bring a database up to the newest migration."""
    told = {"DJANGO_SETTINGS_MODULE": "tests.crash.settings", "SICKBAY_STATE_DIR": str(folder)}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    environment = os.environ | told | database.environment
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def migrated_file(folder: Path) -> SqliteDatabase:
    """Return a SQLite file in this folder that was migrated: a copy of one that this process made once."""
    shutil.copy(_migrated_once(), folder / "db.sqlite3")
    return SqliteDatabase(folder)


@cache
def _migrated_once() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="sickbay-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = SqliteDatabase(folder)
    migrate(database, folder)
    return database.path
