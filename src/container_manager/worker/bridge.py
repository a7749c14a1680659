"""The one crossing between the asynchronous worker and the synchronous services.

All database work of a worker runs in one thread of its own, on one long-lived connection: SQLite knows one writer
anyway, and that is what makes a worker cheap for PostgreSQL. Calls that wait at the same moment share one transaction;
each caller gets its answer once that is committed, and an error of its own is nobody else's.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

import uvloop

from container_manager.worker.call_groups import Answer, Call, Patience, answer_group, close_connections
from container_manager.worker.failures import take_note

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)

#: How long a call is repeated while the database is away or busy; then the error is the caller's.
PATIENCE_SECONDS = 10.0

#: Calls that share one transaction at most.
_AT_ONCE = 500

#: A worker with at least so many attempts lets what it writes about them wait a moment for more of the same.
_BUSY_ATTEMPTS = 8
_WAIT_FOR_MORE_SECONDS = 0.15

#: What nobody waits for lets so much time pass.
_UNHURRIED_SECONDS = 1.0


def run_async(main: Coroutine[object, object, T]) -> T:
    """Run a coroutine for a synchronous face, in an event loop of its own."""
    return uvloop.run(main)


class Bridge:
    """Runs services in the database thread. Use it as an asynchronous context manager; it closes its connections.

    ``patience_seconds`` is how long a call waits for a database that is away or busy.
    """

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience = Patience(patience_seconds)
        self._waiting: deque[Call] = deque()
        self._unhurried: deque[tuple[float, Call]] = deque()
        """Calls of a busy worker that may wait, and until when, by the monotonic clock."""
        self._changed = threading.Condition()
        self._has_ended = False
        self._enough = 1
        self._thread = threading.Thread(target=self._work, name="database", daemon=True)
        self._loop: asyncio.AbstractEventLoop

    async def __aenter__(self) -> Bridge:
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        with self._changed:
            self._has_ended = True
            self._changed.notify()
        await self._loop.run_in_executor(None, self._thread.join)

    def expect(self, attempts: int) -> None:
        """Say how many attempts are being looked after: with many, ``call_with_others`` waits a moment for others.

        A worker that is not busy writes at once. Any other call is never kept waiting, and takes along what waits.
        """
        with self._changed:
            self._enough = attempts // 4 if attempts >= _BUSY_ATTEMPTS else 1
            self._changed.notify()

    def hurry(self) -> None:
        """Wait for nothing but a moment from now on, also not for an absent database: the worker is about to end."""
        self.expect(0)
        self._patience.end_soon()

    async def call(self, service: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one service function and return what it returns, after it is committed.

        A call that has begun is finished even if its caller is cancelled: nobody would know otherwise whether it was
        committed. When the database fails the call is repeated, so a service must be safe to repeat.
        """
        answer: T = await self._ask(Call(service=service, args=args, kwargs=kwargs))
        return answer

    async def call_with_others(self, service: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Like ``call``, for what a busy worker writes about every attempt: it may wait a moment for more."""
        answer: T = await self._ask(Call(service=service, args=args, kwargs=kwargs, can_wait=True))
        return answer

    async def call_some_time(self, service: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Like ``call_with_others``, for what nobody waits for: with a busy worker it may take a second."""
        answer: T = await self._ask(Call(service=service, args=args, kwargs=kwargs, can_wait=True), is_unhurried=True)
        return answer

    async def _ask(self, call: Call, *, is_unhurried: bool = False) -> Any:  # noqa: ANN401  (of whatever type the service returns)
        future = call.future = self._loop.create_future()
        future.add_done_callback(take_note)
        with self._changed:
            if is_unhurried and self._enough > 1:
                self._unhurried.append((time.monotonic() + _UNHURRIED_SECONDS, call))
            else:
                self._waiting.append(call)
            self._changed.notify()
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            if error := future.exception():
                logger.info("a call failed while its caller stopped: %s", error, extra={"action": "bridge"})
            raise

    def _work(self) -> None:
        """The database thread: what waits is done together."""
        try:
            while group := self._next_group():
                answer_group(group, self._patience, self._deliver)
        finally:
            close_connections()

    def _next_group(self) -> list[Call]:
        """Wait for calls and return those that go together; none when the bridge has ended and nothing waits."""
        with self._changed:
            while not (self._has_work() or self._has_ended):
                self._changed.wait(self._unhurried[0][0] - time.monotonic() if self._unhurried else None)
            self._hurry_up()
            if self._enough > 1:
                self._changed.wait_for(self._is_worth_it, _WAIT_FOR_MORE_SECONDS)
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), _AT_ONCE))]

    def _has_work(self) -> bool:
        return bool(self._waiting) or self._is_time_for_the_unhurried()

    def _is_time_for_the_unhurried(self) -> bool:
        if not self._unhurried:
            return False
        many = len(self._unhurried) >= self._enough
        return many or self._has_ended or self._unhurried[0][0] <= time.monotonic()

    def _hurry_up(self) -> None:
        """Take the unhurried calls along when their time has come."""
        if self._is_time_for_the_unhurried():
            self._waiting.extend(call for _, call in self._unhurried)
            self._unhurried.clear()

    def _is_worth_it(self) -> bool:
        can_wait = all(call.can_wait for call in self._waiting)
        return not can_wait or len(self._waiting) >= self._enough or self._has_ended

    def _deliver(self, answers: list[tuple[Call, Answer]]) -> None:
        self._loop.call_soon_threadsafe(_resolve, answers)


def _resolve(answers: list[tuple[Call, Answer]]) -> None:
    for call, answer in answers:
        if call.future.done():
            continue
        if answer.error is not None:
            call.future.set_exception(answer.error)
        else:
            call.future.set_result(answer.value)
