"""Asking databases in ways in which they themselves refuse to write."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

MOST_ROWS = 10_000
"""Most rows that are kept of one answer."""

Row = tuple[Any, ...]

#: Between two looks at the clock, SQLite takes so many of its steps.
_STEPS = 1000

#: Byte 18 of a file whose changes go to a log beside it first.
_WRITES_AHEAD = b"\x02"

_READING = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    }
)

#: Settings of SQLite that only tell; with a value they would change something.
_TELLING = frozenset({"integrity_check", "quick_check", "journal_mode", "table_info", "user_version", "page_count"})
_WITH_TABLE = frozenset({"table_info"})


class DatabaseRefusedError(PermissionError):
    """The statement does more than read, or cannot be run safely."""


class DatabaseTimeoutError(TimeoutError):
    """The statement had no answer in time."""


def read_sqlite(path: Path, statement: str, parameters: Sequence[object] = (), *, seconds: float) -> list[Row]:
    """Run one reading statement on a SQLite file, which is the same afterwards, as are its neighbors.

    Raises :class:`DatabaseRefusedError`, :class:`DatabaseTimeoutError`, and ``sqlite3.Error``.
    """
    before = _stamp(path)
    immutable = _is_at_rest(path)
    address = _address(path, immutable=immutable)
    deadline = time.monotonic() + seconds
    judge = _Judge()
    connection = sqlite3.connect(address, uri=True, timeout=max(seconds, 0.0), isolation_level=None)
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.set_authorizer(judge)
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        rows = connection.execute(statement, tuple(parameters)).fetchmany(MOST_ROWS)
    except sqlite3.DatabaseError as error:
        raise _told(error, judge) from error
    finally:
        connection.close()
    if immutable and _stamp(path) != before:
        raise DatabaseTimeoutError("the database was changed while it was read")
    return rows


def reading_address(path: Path) -> str:
    """Return the URI by which SQLite opens a file to read it, and makes no file beside it. Raises ``OSError``."""
    return _address(path, immutable=_is_at_rest(path))


def _address(path: Path, *, immutable: bool) -> str:
    return f"file:{quote(str(path.resolve()))}?mode=ro{'&immutable=1' if immutable else ''}"


class _Judge:
    """Says of each part of a statement whether it reads, and remembers whether one did not."""

    def __init__(self) -> None:
        self.has_refused = False

    def __call__(self, action: int, first: str | None, second: str | None, *_: object) -> int:
        reads = action in _READING and not (action == sqlite3.SQLITE_FUNCTION and second == "load_extension")
        tells = action == sqlite3.SQLITE_PRAGMA and first in _TELLING and (second is None or first in _WITH_TABLE)
        self.has_refused |= not (reads or tells)
        return sqlite3.SQLITE_OK if reads or tells else sqlite3.SQLITE_DENY


def _told(error: sqlite3.DatabaseError, judge: _Judge) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the other bytes only say more
    if judge.has_refused or code == sqlite3.SQLITE_READONLY:
        return DatabaseRefusedError("the statement does more than read")
    return DatabaseTimeoutError("the statement took too long") if code == sqlite3.SQLITE_INTERRUPT else error


def _is_at_rest(path: Path) -> bool:
    """Whether nobody has the file open in a mode in which even a reader would make files beside it."""
    with path.open("rb") as stream:
        writes_ahead = stream.read(19)[18:19] == _WRITES_AHEAD
    return writes_ahead and not path.with_name(f"{path.name}-wal").exists()


def _stamp(path: Path) -> tuple[int, int, bool]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, path.with_name(f"{path.name}-wal").exists()


_BEGINS = re.compile(r"\s*(?:select|with|values|table|show|explain)\b", re.IGNORECASE)

#: Functions that act although a transaction only reads, and the escape by which a name could be written otherwise.
_ACTING = re.compile(
    r"\bpg_(?:terminate|cancel|reload|rotate|switch|promote|create|drop|advance|try_advisory|advisory|logical|replication"
    r"|replay|wal_replay|backup|start|stop|file_|stat_reset|stat_clear|export|import|notify|log_backend|sync|read_"
    r"|restore|resetwal|ls_)|\b(?:lo_|dblink|set_config|setval|nextval|query_to_xml|cursor_to_xml|table_to_xml"
    r"|schema_to_xml|database_to_xml)|\bu&\s*[\"']",
    re.IGNORECASE,
)


def read_postgresql(conninfo: str, statement: str, parameters: Sequence[object] = (), *, seconds: float) -> list[Row]:
    """Run one reading statement in a read-only transaction that the server itself ends after ``seconds``.

    Needs the driver (the extra ``postgresql``). What can act is refused by the server, or by name where a read-only
    transaction would not; a role that may only read is better still.
    Raises :class:`DatabaseRefusedError`, :class:`DatabaseTimeoutError`, ``ImportError``, and ``psycopg.Error``.
    """
    import psycopg  # noqa: PLC0415  (an optional dependency)
    from psycopg import errors  # noqa: PLC0415  (an extra: only who looks at PostgreSQL needs it)

    if not _BEGINS.match(statement) or _ACTING.search(statement):
        raise DatabaseRefusedError("the statement does more than read")
    milliseconds = int(seconds * 1000)
    if milliseconds <= 0:
        raise DatabaseTimeoutError("no time is left")
    options = (
        f"-c default_transaction_read_only=on -c statement_timeout={milliseconds} -c lock_timeout={milliseconds} "
        f"-c idle_in_transaction_session_timeout={milliseconds}"
    )
    try:
        with psycopg.connect(conninfo, options=options, connect_timeout=max(2, int(seconds))) as connection:
            connection.read_only = True
            # With binary results the driver sends one statement, prepared by the server: a second is refused there.
            cursor = connection.execute(statement, tuple(parameters) or None, binary=True)
            rows = cursor.fetchmany(MOST_ROWS)
            connection.rollback()
    except (errors.ReadOnlySqlTransaction, errors.SyntaxError) as error:
        raise DatabaseRefusedError(str(error).splitlines()[0]) from error
    except (errors.QueryCanceled, errors.LockNotAvailable) as error:
        raise DatabaseTimeoutError("the statement took too long") from error
    return rows
