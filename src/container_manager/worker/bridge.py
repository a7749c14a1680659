"""The one crossing between the asynchronous worker and the synchronous services.

All database work of a worker runs in one thread of its own, one call after the other: SQLite knows one writer anyway,
and a single long-lived connection is what makes a worker cheap for PostgreSQL.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connections

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)

#: Pauses before a call is repeated after the database failed; then the error is the caller's.
_PAUSES = (0.1, 0.3, 1.0, 2.0, 5.0)


def run_async(main: Coroutine[object, object, T]) -> T:
    """Run a coroutine for a synchronous face, in an event loop of its own."""
    return asyncio.run(main)


class Bridge:
    """Runs services in the database thread. Use it as an asynchronous context manager; it closes its connections."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")

    async def __aenter__(self) -> Bridge:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, _close_connections)
        self._thread.shutdown()

    async def call(self, service: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one service function and return what it returns.

        A call that has begun is finished even if its caller is cancelled: nobody would know otherwise whether it was
        committed. When the database fails it is repeated a few times, so a service must be safe to repeat.
        """
        running = asyncio.ensure_future(self._repeat(partial(service, *args, **kwargs)))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            if not running.cancelled() and (error := running.exception()):
                logger.info("a call failed while its caller stopped: %s", error, extra={"action": "bridge"})
            raise

    async def _repeat(self, call: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        for pause in _PAUSES:
            try:
                return await loop.run_in_executor(self._thread, _fresh, call)
            except (OperationalError, InterfaceError) as error:
                extra = {"action": "database-retry", "error": str(error)}
                logger.warning("the database failed (%s), asking again in %s s", error, pause, extra=extra)
                await asyncio.sleep(pause)
        return await loop.run_in_executor(self._thread, _fresh, call)


def _fresh(call: Callable[[], T]) -> T:
    """Make the call on a connection that is not known to be broken."""
    try:
        return call()
    except (OperationalError, InterfaceError):
        _close_connections()
        raise


def _close_connections() -> None:
    for connection in connections.all(initialized_only=True):
        connection.close()
