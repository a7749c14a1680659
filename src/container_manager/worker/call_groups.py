"""Answering calls to services in the database thread: together where possible, and again where the database failed."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, connections, router, transaction

from container_manager.conf import app_settings
from container_manager.models import ContainerJob
from container_manager.services.grouped import Grouped

logger = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_HURRIED_SECONDS = 3.0

#: SQLite's codes for what passes by itself: busy, locked, I/O, full, cannot be opened.
_PASSING_SQLITE = frozenset({5, 6, 10, 13, 14})

#: PostgreSQL's for the same, by their beginnings: connection, rolled back, out of resources, locked, stopped.
_PASSING_POSTGRESQL = ("08", "40", "53", "55P03", "57", "58", "25P03")


@dataclass(kw_only=True, eq=False)
class Call:
    """One call to a service, and where its answer is waited for."""

    service: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    can_wait: bool = False
    future: asyncio.Future[Any] = field(init=False)

    def run(self) -> Any:  # noqa: ANN401  (of whatever type the service returns)
        """Make the call."""
        return self.service(*self.args, **self.kwargs)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a service returned or raised."""

    value: Any = None
    error: BaseException | None = None


Deliver = Callable[[list[tuple[Call, Answer]]], None]


class Patience:
    """For how long a database that is away or busy is waited for."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._is_ending = threading.Event()

    def end_soon(self) -> None:
        """Allow only a moment from now on."""
        self._seconds = min(self._seconds, _HURRIED_SECONDS)
        self._is_ending.set()

    def allows(self, since: float) -> bool:
        """Say whether more may be waited, after what began at this moment of the monotonic clock."""
        return time.monotonic() - since < self._seconds

    def pause(self, seconds: float) -> None:
        """Wait; the first wait after the worker began to end is cut short."""
        if self._is_ending.is_set():
            time.sleep(min(seconds, _HURRIED_SECONDS / 10))
        else:
            self._is_ending.wait(seconds)


def answer_group(group: Sequence[Call], patience: Patience, deliver: Deliver) -> None:
    """Answer these calls in one transaction; where that fails, each in one of its own."""
    if len(group) > 1:
        try:
            with transaction.atomic(using=_database()):
                answers = _answers(group)
        except Exception as error:  # noqa: BLE001  (whose error it is shows when each call is made by itself)
            if isinstance(error, DatabaseError | InterfaceError):
                close_connections()
            logger.debug("calls are made one by one: %s", error, extra={"action": "bridge"})
        else:
            deliver(answers)
            return
    for call in group:
        deliver([(call, _answer_alone(call, patience))])


def close_connections() -> None:
    """Close this thread's connections; the next call opens new ones."""
    for connection in connections.all(initialized_only=True):
        connection.close()


def _answers(group: Sequence[Call]) -> list[tuple[Call, Answer]]:
    answered: list[tuple[Call, Answer]] = []
    _prepare_connection()
    for service, alike in groupby(sorted(group, key=_order), key=lambda call: call.service):
        calls = list(alike)
        if isinstance(service, Grouped):
            values = service.answer_all([(call.args, call.kwargs) for call in calls])
            answered += [(call, _as_answer(value)) for call, value in zip(calls, values, strict=True)]
        else:
            answered += [(call, Answer(value=call.run())) for call in calls]
    return answered


def _order(call: Call) -> int:
    """Calls of one service side by side. Those that wait at the same moment are of different attempts."""
    return id(call.service)


def _as_answer(value: object) -> Answer:
    return Answer(error=value) if isinstance(value, Exception) else Answer(value=value)


def _answer_alone(call: Call, patience: Patience) -> Answer:
    since = time.monotonic()
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            _prepare_connection()
            return Answer(value=call.run())
        except (DatabaseError, InterfaceError) as error:
            close_connections()
            if not passes_by_itself(error) or not patience.allows(since):
                return Answer(error=error)
            extra = {"action": "database-retry", "error": str(error)}
            logger.warning("the database failed (%s), asking again in %s s", error, pause, extra=extra)
        except BaseException as error:  # noqa: BLE001  (whatever a service raises is its caller's)
            return Answer(error=error)
        patience.pause(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def passes_by_itself(error: Exception) -> bool:
    """Say whether a database's error is one of its state, and not of the call."""
    if isinstance(error, InterfaceError):
        return True
    # The driver calls the end of a transaction that lay idle an internal error.
    if not isinstance(error, OperationalError | InternalError):
        return False
    cause = error.__cause__
    if (sqlite := getattr(cause, "sqlite_errorcode", None)) is not None:
        return sqlite & 0xFF in _PASSING_SQLITE
    state = getattr(cause, "sqlstate", None)
    if state is None:
        return isinstance(error, OperationalError)
    return str(state).startswith(_PASSING_POSTGRESQL)


def _database() -> str:
    return router.db_for_write(ContainerJob)


def _prepare_connection() -> None:
    """Let PostgreSQL end our transaction if this process freezes within it: others wait for its locks."""
    connection = connections[_database()]
    if connection.connection is None and connection.vendor == "postgresql":
        milliseconds = int(app_settings().lease_seconds * 1000)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, false)", [str(milliseconds)])
