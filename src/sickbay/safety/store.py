"""Where sessions are kept: a folder each, with the audit log, which is the session, and what a repair has kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from sickbay.safety.audit import LOG_FILE, AuditDamagedError, AuditLog, AuditUnavailableError, read_log
from sickbay.safety.chain import Chain, Damage
from sickbay.safety.events import Event, InvalidEventError, Started, event_document, event_of
from sickbay.safety.session import IllegalTransitionError, Session, follow, replay

_ID = re.compile(r"[0-9a-z][0-9a-z-]{0,63}")


class UnknownSessionError(LookupError):
    """There is no session of this name."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A session as its log tells it. ``session`` is ``None`` where the log tells of none."""

    id: str
    chain: Chain
    session: Session | None


class OpenSession:
    """A session that this process alone may act in, as a context manager. ``folder`` is where it is kept."""

    def __init__(self, folder: Path, *, wall_time: Callable[[], str]) -> None:
        self.folder = folder
        self._log = AuditLog(folder, wall_time=wall_time)
        try:
            self._session: Session | None = _session_of(self._log.chain)
        except AuditUnavailableError:
            self._log.__exit__(None, None, None)
            raise

    def __enter__(self) -> OpenSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._log.__exit__(kind, error, trace)

    @property
    def session(self) -> Session:
        """The session as it is now."""
        if self._session is None:
            raise IllegalTransitionError("nothing has started")
        return self._session

    def record(self, event: Event) -> Session:
        """Make an event happen: it is checked, then on disk, then true.

        Raises :class:`IllegalTransitionError`, ``BudgetSpentError``, and :class:`AuditUnavailableError`; then nothing
        has happened.
        """
        following = follow(self._session, event)
        self._log.append(event_document(event))
        self._session = following
        return following


class SessionStore:
    """All sessions below one folder that only its owner may enter."""

    def __init__(self, root: Path, *, wall_time: Callable[[], str]) -> None:
        self._root = root
        self._wall_time = wall_time

    def start(self, started: Started) -> Session:
        """Begin a session. Raises :class:`AuditUnavailableError` where its log cannot be made."""
        folder = self._folder(started.session)
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700)
            AuditLog.create(folder)
        except OSError as error:
            raise AuditUnavailableError(f"the session cannot be kept in {folder}: {error.strerror}") from error
        with self.open(started.session) as opened:
            return opened.record(started)

    def open(self, name: str) -> OpenSession:
        """Take a session for this process alone. Raises :class:`UnknownSessionError`, and what its log raises."""
        return OpenSession(self._existing(name), wall_time=self._wall_time)

    def read(self, name: str) -> Stored:
        """Read a session without taking it, damaged or not."""
        try:
            chain = read_log(self._existing(name))
        except AuditDamagedError as error:
            chain = Chain(damage=error.damage)
        try:
            session = replay(event_of(record.body) for record in chain.records) if chain.records else None
        except (IllegalTransitionError, InvalidEventError) as error:
            damage = chain.damage or Damage(number=len(chain.records), problem=f"tells what cannot be: {error}")
            return Stored(id=name, chain=Chain(records=chain.records, damage=damage), session=None)
        return Stored(id=name, chain=chain, session=session)

    def folder_of(self, name: str) -> Path:
        """Return where a session is kept. Raises :class:`UnknownSessionError`."""
        return self._existing(name)

    def names(self) -> list[str]:
        """Return the sessions' names, the latest last."""
        if not self._root.is_dir():
            return []
        found = [(log.stat().st_mtime_ns, log.parent.name) for log in self._root.glob(f"*/{LOG_FILE}")]
        return [name for _, name in sorted(found)]

    def _folder(self, name: str) -> Path:
        if not _ID.fullmatch(name):
            raise UnknownSessionError(f"{name!r} is no name of a session")
        return self._root / name

    def _existing(self, name: str) -> Path:
        folder = self._folder(name)
        if not folder.is_dir():
            raise UnknownSessionError(f"there is no session {name}")
        return folder


def _session_of(chain: Chain) -> Session | None:
    try:
        return replay(event_of(record.body) for record in chain.records) if chain.records else None
    except (IllegalTransitionError, InvalidEventError) as error:
        raise AuditUnavailableError(f"the audit log tells what cannot be: {error}") from error
