"""Hearing at once that there is something to do.

PostgreSQL's notifications come in on a connection of their own, which is opened again whenever it is lost. SQLite tells
by a number that changes when another connection has written. Both are hints: now and then a worker looks by itself.
"""

from __future__ import annotations

import logging
import select
import socket
import threading
from collections.abc import Callable, Collection
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, router

from container_manager.models import ContainerJob
from container_manager.models.notifying import CHANNEL, News

logger = logging.getLogger(__name__)

ALL_NEWS = frozenset(News)

Tell = Callable[[Collection[News]], object]

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0

#: A connection on which nothing comes is asked whether it still stands.
_ASKED_SECONDS = 30.0


def has_notifications() -> bool:
    """Whether the jobs' database sends notifications."""
    return connections[_alias()].vendor == "postgresql"


def change_number() -> int:
    """Return a number that is another one after any other connection has written. For SQLite."""
    with connections[_alias()].cursor() as cursor:
        cursor.execute("PRAGMA data_version")
        return int(cursor.fetchone()[0])


class Listener:
    """Tells from a thread of its own what is notified, and everything after a time in which it may have missed some."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._is_stopping = threading.Event()
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="notifications", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End the listening and wait until its connection is closed."""
        self._is_stopping.set()
        self._wake.send(b".")
        self._thread.join()
        self._wake.close()
        self._woken.close()

    def _run(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._is_stopping.is_set():
            connection = connections.create_connection(_alias())
            try:
                connection.ensure_connection()
                with connection.cursor() as cursor:
                    cursor.execute(f"LISTEN {CHANNEL}")
                pause = _FIRST_PAUSE_SECONDS
                self._listen(connection.connection)
            except Exception as error:  # noqa: BLE001  (the thread's loop: whatever broke it, it listens again)
                extra = {"action": "listen", "error": str(error)}
                logger.warning("no notifications (%s), listening again in %s s", error, pause, extra=extra)
                self._is_stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            finally:
                connection.close()

    def _listen(self, driver: Any) -> None:  # noqa: ANN401  (psycopg's connection; the driver is an optional part)
        self._tell(ALL_NEWS)
        while not self._is_stopping.is_set():
            ready, _, _ = select.select([driver.fileno(), self._woken], [], [], _ASKED_SECONDS)
            if driver.fileno() in ready:
                heard = {notification.payload for notification in driver.notifies(timeout=0)}
                self._tell([news for news in News if news.value in heard])
            elif not ready:
                driver.execute("SELECT 1")
                self._tell(ALL_NEWS)  # what came in with the answer is not told of by every version of the driver


def _alias() -> str:
    return router.db_for_write(ContainerJob) or DEFAULT_DB_ALIAS
