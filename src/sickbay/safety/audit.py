"""The audit log of one session: appended to, never rewritten, and nothing is done while it cannot be written."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from sickbay.redaction import Redactor
from sickbay.safety.chain import Chain, Damage, Head, Record, next_record, read_chain

LOG_FILE = "audit.jsonl"
HEAD_FILE = "audit.head"

#: Keys whose values this program makes, and compares later: they hold no secrets.
_OURS = frozenset({"approval", "boot", "digest", "id", "session"})

#: The head is overwritten in place, so it always has the same length.
_HEAD_FORMAT = "{:012d} {}\n"
_HEAD_LENGTH = 12 + 1 + 64 + 1


class AuditUnavailableError(Exception):
    """Nothing can be recorded, so nothing may be done."""


class AuditBusyError(AuditUnavailableError):
    """Another process writes this log."""


class AuditDamagedError(AuditUnavailableError):
    """The log is not as it was written. ``damage`` names the record."""

    def __init__(self, damage: Damage) -> None:
        super().__init__(f"the audit log is damaged: {damage}")
        self.damage = damage


def read_log(folder: Path) -> Chain:
    """Read and verify a session's log. Raises :class:`AuditUnavailableError` where it cannot be read."""
    try:
        return read_chain((folder / LOG_FILE).read_bytes(), _read_head(folder))
    except OSError as error:
        raise AuditUnavailableError(f"the audit log cannot be read: {error.strerror}") from error


class AuditLog:
    """The one writer of a session's log, as a context manager.

    ``append`` returns when the record is on disk. After a failure the object writes nothing more.
    """

    def __init__(self, folder: Path, *, wall_time: Callable[[], str], redactor: Redactor | None = None) -> None:
        self._wall_time = wall_time
        self._redactor = redactor or Redactor()
        self._broken = False
        try:
            self._log = os.open(folder / LOG_FILE, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise AuditUnavailableError(f"the audit log cannot be opened: {error.strerror}") from error
        try:
            self._chain = self._lock_and_read(folder)
            self._head_file = os.open(folder / HEAD_FILE, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            os.close(self._log)
            raise AuditUnavailableError(f"the audit log cannot be opened: {error.strerror}") from error
        except AuditUnavailableError:
            os.close(self._log)
            raise
        self._head = self._chain.head

    @classmethod
    def create(cls, folder: Path) -> None:
        """Make an empty log that only its owner may read. Raises ``OSError``, also where there is one already."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        for name, content in ((LOG_FILE, b""), (HEAD_FILE, _head_bytes(Head()))):
            file = os.open(folder / name, flags, 0o600)
            try:
                _write_all(file, content)
                os.fsync(file)
            finally:
                os.close(file)
        _sync_folder(folder)

    def __enter__(self) -> AuditLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._head_file)
        os.close(self._log)  # and with it the lock

    @property
    def chain(self) -> Chain:
        """The records that were there when the log was opened."""
        return self._chain

    @property
    def head(self) -> Head:
        """The last record that is on disk."""
        return self._head

    def append(self, body: Mapping[str, Any]) -> Record:
        """Write one record, with secrets hidden. Raises :class:`AuditUnavailableError`."""
        if self._broken:
            raise AuditUnavailableError("the audit log failed before")
        record = next_record(self._head, self._wall_time(), _hidden(body, self._redactor))
        try:
            _write_all(self._log, record.line())
            os.fsync(self._log)
            head = Head(number=record.number, digest=record.digest)
            os.pwrite(self._head_file, _head_bytes(head), 0)
            os.fsync(self._head_file)
        except OSError as error:
            self._broken = True
            raise AuditUnavailableError(f"the audit log cannot be written: {error.strerror}") from error
        self._head = head
        return record

    def _lock_and_read(self, folder: Path) -> Chain:
        try:
            fcntl.flock(self._log, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AuditBusyError("another process is working in this session") from None
        chain = read_log(folder)
        if chain.damage is not None:
            raise AuditDamagedError(chain.damage)
        return chain


def _hidden(value: Any, redactor: Redactor) -> Any:  # noqa: ANN401  (any JSON value)
    match value:
        case str():
            return redactor.text(value)
        case Mapping():
            return {key: each if key in _OURS else _hidden(each, redactor) for key, each in value.items()}
        case list() | tuple():
            return [_hidden(each, redactor) for each in value]
        case _:
            return value


def _write_all(file: int, data: bytes) -> None:
    if os.write(file, data) != len(data):
        raise OSError(28, "the record was written in part")


def _head_bytes(head: Head) -> bytes:
    return _HEAD_FORMAT.format(head.number, head.digest).encode("ascii")


def _read_head(folder: Path) -> Head:
    raw = (folder / HEAD_FILE).read_bytes()
    try:
        number, digest = raw.decode("ascii").split()
        head = Head(number=int(number), digest=digest)
    except ValueError:
        raise AuditDamagedError(Damage(number=1, problem="cannot be judged: the head is unreadable")) from None
    if raw != _head_bytes(head):
        raise AuditDamagedError(Damage(number=head.number, problem="cannot be judged: the head was changed"))
    return head


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
