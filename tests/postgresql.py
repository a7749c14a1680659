"""A throwaway PostgreSQL server: in a temporary folder, on a Unix socket only, and gone afterwards.

As a command it starts one, runs another command with ``SICKBAY_TEST_POSTGRESQL`` set to the server's socket folder
(see ``tests/settings.py``), passes signals on, and ends with that command's exit code::

    python -m tests.postgresql pytest tests/integration

With ``--optional`` in front it only says so where no PostgreSQL is installed, unless ``SICKBAY_REQUIRE`` names it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sickbay.lab.database_server import server_programs

HOW = "install PostgreSQL's server (Debian: apt-get install postgresql)"

ROLE = "sickbay"

#: Longest wait on a loaded machine. Nothing here is a measure of speed.
_PATIENCE_SECONDS = 60.0

#: A killed process loses nothing without it; only a machine that loses its power would.
_OPTIONS: Mapping[str, str] = {
    "fsync": "off",
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "64MB",
}


class PostgresServer:
    """One server with a role ``sickbay`` that may make databases, and a database of that name.

    Use it as a context manager, or call ``start`` and ``close``. ``folder`` is what a client takes as its host.
    """

    def __init__(self, **options: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sickbay-pg-"))
        self._options = {**_OPTIONS, "unix_socket_directories": str(self.folder), **options}
        self._process: subprocess.Popen[bytes] | None = None
        found = server_programs()
        if found is None:
            raise FileNotFoundError(f"PostgreSQL is missing: {HOW}")
        self._programs = found
        self._prepare()

    def __enter__(self) -> PostgresServer:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes ``tests.settings`` use this server."""
        return {"SICKBAY_TEST_POSTGRESQL": str(self.folder)}

    def start(self) -> None:
        """Start it and wait until it answers. After ``kill`` that may take until the last old process is gone."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._has_started():
            if time.monotonic() > deadline:
                raise TimeoutError(f"PostgreSQL does not start:\n{self._told()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it as an administrator does who does not wait for clients: every connection is cut."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it without any farewell."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it, and start it again."""
        self.stop()
        self.start()

    def query(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement as the server's owner; return its rows."""
        import psycopg  # noqa: PLC0415  (a driver is only needed by those who ask)

        with psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def create_database(self, name: str) -> None:
        """Make an empty database."""
        self.query(f'create database "{name}" owner {ROLE}')

    def close(self) -> None:
        """End it and remove all that it has stored."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _prepare(self) -> None:
        if _owner() is not None:
            shutil.chown(self.folder, *_owner_and_group())
        arguments = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(
            [self._programs / "initdb", f"--pgdata={self.folder / 'data'}", *arguments],
            **self._as_owner(),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        self.start()
        self.query(f"create role {ROLE} login createdb")
        self.create_database(ROLE)

    def _has_started(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            self._process = self._begin()
        ready = [self._programs / "pg_isready", "--quiet", f"--host={self.folder}"]
        return subprocess.run(ready, check=False).returncode == 0

    def _begin(self) -> subprocess.Popen[bytes]:
        options = [part for name, value in self._options.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                [self._programs / "postgres", "-D", self.folder / "data", *options],
                **self._as_owner(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # an interrupt from the terminal is not for it
            )

    def _as_owner(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root."""
        if _owner() is None:
            return {"cwd": self.folder}
        user, group = _owner_and_group()
        return {"cwd": self.folder, "user": user, "group": group, "extra_groups": []}

    def _end(self, number: int) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(number)
        self._process.wait(timeout=_PATIENCE_SECONDS)
        self._process = None

    def _told(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")[-3000:]


def _owner() -> str | None:
    """The user to run as instead of root; ``None`` where we are nobody special."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _owner_and_group() -> tuple[int, int]:
    entry = pwd.getpwnam(_owner() or "nobody")
    return entry.pw_uid, entry.pw_gid


def main(arguments: Sequence[str]) -> int:
    """Run a command on a server of its own; return its exit code."""
    optional = arguments[:1] == ["--optional"]
    command = list(arguments[1:] if optional else arguments)
    if not command:
        sys.exit("usage: python -m tests.postgresql [--optional] COMMAND [ARGUMENT ...]")
    if server_programs() is None:
        print(f"Not run on PostgreSQL: {' '.join(command)}\nTo run it, {HOW}.", file=sys.stderr)
        return 0 if optional and "postgresql" not in os.environ.get("SICKBAY_REQUIRE", "") else 1
    with PostgresServer() as server:
        return _run(command, os.environ | server.environment)


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    running = subprocess.Popen(command, env=environment)
    # An interrupt from a terminal reaches the command without us.
    passed_on = {signal.SIGTERM, signal.SIGHUP} | (set() if sys.stdin.isatty() else {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in passed_on:
        signal.signal(number, lambda number, _: running.send_signal(number))
    code = running.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
