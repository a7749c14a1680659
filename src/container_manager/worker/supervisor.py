"""The worker's loop: claim what there is room for, look after it, and leave it to the next worker in good order."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

from container_manager.conf import app_settings
from container_manager.fault_points import fault_point
from container_manager.lifecycle.status import Status
from container_manager.models.notifying import News
from container_manager.services.claimable import seconds_until_due
from container_manager.services.claims import ClaimedAttempt, claim_pending, installation_key
from container_manager.services.expiry import expire_pending
from container_manager.services.leases import LeaseLostError, hand_back
from container_manager.services.recording import statuses
from container_manager.services.takeover import take_over
from container_manager.services.wakeups import ALL_NEWS
from container_manager.worker.attempt_runner import run_attempt
from container_manager.worker.attempt_scope import AttemptScope, Reporter
from container_manager.worker.bridge import Bridge
from container_manager.worker.diagnosing import Diagnosing
from container_manager.worker.failures import log_failure
from container_manager.worker.handing_over import hand_over
from container_manager.worker.heartbeat import Heartbeat, lease_held_until
from container_manager.worker.host_sessions import HostSessions
from container_manager.worker.news import NewsDesk
from container_manager.worker.retention import keep_retention
from container_manager.worker.schedule_chore import CHORE_SECONDS, ScheduleChore

logger = logging.getLogger(__name__)

#: Jobs of workers that are gone are taken over in bites of this size, however many run: nobody else looks after them.
_TAKE_OVER_AT_ONCE = 50

#: Claimed at once: while these are begun, the database looks for more.
_CLAIM_AT_ONCE = 100

#: How long a busy worker that is almost full waits for more room before it claims.
_ROOM_SECONDS = 0.25
_BUSY_ATTEMPTS = 8

#: After looking for work failed.
_REST_SECONDS = 0.5

#: How often jobs are looked for that waited too long.
_EXPIRE_SECONDS = 1.0

#: Before an attempt whose step failed here is taken up again.
_REPEAT_SECONDS = 5.0


def default_name() -> str:
    """A name that no other worker has."""
    return f"{socket.gethostname()}-{os.getpid()}"


@dataclass(frozen=True, kw_only=True)
class WorkerOptions:
    """How a worker behaves. ``once`` ends it when nothing can be claimed any more; ``drain`` makes a stop wait."""

    name: str
    concurrency: int
    once: bool = False
    drain: bool = False
    only_job: int | None = None
    """Take this job and no other."""
    queues: tuple[str, ...] = ()
    """Take jobs of these queues only; empty means all."""


class Supervisor:
    """One run of a worker. ``run`` it once; ``stop`` it from a signal handler."""

    def __init__(self, options: WorkerOptions, bridge: Bridge, reporter: Reporter) -> None:
        self._options = options
        self._bridge = bridge
        self._reporter = reporter
        self._attempts: dict[asyncio.Task[None], AttemptScope] = {}
        self._heartbeat = Heartbeat(
            bridge, options.name, self._attempts, concurrency=options.concurrency, only_job=options.only_job
        )
        self._stopping = asyncio.Event()
        self._freed = asyncio.Event()
        self._draining = False
        self._diagnosing = Diagnosing(bridge)
        self._news = NewsDesk(bridge)
        self._was_all_checked = False
        self._is_due_unknown = False
        """Whether we took all that could be begun, and do not know when the next job can."""
        self._sessions: HostSessions

    def stop(self) -> None:
        """Claim nothing more. With ``drain``, the first call waits for what runs and the second one hands it over."""
        if self._options.drain and not self._draining:
            self._draining = True
        else:
            self._stopping.set()
            self._freed.set()
            self._bridge.hurry()
        self._news.tell()

    async def run(self) -> None:
        """Work until stopped or, with ``once`` or ``only_job``, until there is nothing left to do."""
        key = await self._bridge.call(installation_key)
        self._sessions = HostSessions(self._bridge, key, self._options.name, self._news.tell_work)
        await self._beat()
        await self._sessions.refresh()
        await self._news.open()
        await self._bridge.call(expire_pending)
        schedules = ScheduleChore(self._bridge)
        if self._options.only_job is None:
            await schedules.run()
        chores = [
            asyncio.create_task(self._regularly(self._expire, _EXPIRE_SECONDS), name="expiry"),
            asyncio.create_task(keep_retention(), name="retention"),
            asyncio.create_task(self._regularly(schedules.run, CHORE_SECONDS), name="schedules"),
            asyncio.create_task(self._regularly(self._beat, app_settings().heartbeat_seconds), name="heartbeat"),
            asyncio.create_task(
                self._regularly(self._sessions.refresh, app_settings().reconcile_seconds), name="hosts"
            ),
        ]
        try:
            await self._work()
        finally:
            for chore in chores:
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)
            await self._news.close()
            await self._hand_over()
            await self._diagnosing.close()
            await self._sessions.close()

    async def _work(self) -> None:
        news: Collection[News] = ALL_NEWS
        while not self._stopping.is_set():
            began = 0
            try:
                began = await self._take_on(news)
                if News.CANCEL in news:
                    await self._follow_cancellations()
            except Exception as error:  # noqa: BLE001  the worker's loop: whatever went wrong, what runs must be looked after
                log_failure(logger, "looking for work failed", error, action="claim")
                await asyncio.sleep(_REST_SECONDS)
            if not began and not self._attempts and await self._is_done():
                return
            news = await self._news.wait(app_settings().poll_seconds)
            await self._let_room_grow()

    async def _let_room_grow(self) -> None:
        """Claim for several that end at once together: a busy worker that is almost full waits a moment for more."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_ROOM_SECONDS):
                while self._is_almost_full() and not self._stopping.is_set():
                    self._freed.clear()
                    await self._freed.wait()

    def _is_almost_full(self) -> bool:
        running = self._running()
        return running >= _BUSY_ATTEMPTS and 0 < (self._options.concurrency - running) * 4 < self._options.concurrency

    def _running(self) -> int:
        """How many attempts take up a place."""
        return sum(not scope.is_clearing for scope in self._attempts.values())

    def _has_freed(self) -> None:
        """Take note that an attempt takes up no place any more."""
        self._freed.set()
        self._news.tell_work()

    async def _take_on(self, news: Collection[News]) -> int:
        """Begin with what can be begun now; return how many."""
        held_until = lease_held_until()
        taken: list[ClaimedAttempt] = []
        if News.LEFT in news:
            taken += await self._take_over()
        if News.WORK in news:
            taken += await self._claim(len(taken))
        for claimed in taken:
            await self._begin(claimed, held_until)
        if self._is_due_unknown:
            self._is_due_unknown = False
            self._news.tell_in(await self._bridge.call(seconds_until_due, queues=self._options.queues))
        return len(taken)

    async def _take_over(self) -> Sequence[ClaimedAttempt]:
        options = self._options
        held = [scope.lease.job_id for scope in self._attempts.values()]
        taken = await self._bridge.call(
            take_over, options.name, limit=_TAKE_OVER_AT_ONCE, held=held, only_job=options.only_job
        )
        if len(taken) == _TAKE_OVER_AT_ONCE:
            self._news.tell([News.LEFT])
        return taken

    async def _claim(self, taken_over: int) -> Sequence[ClaimedAttempt]:
        options = self._options
        room = min(options.concurrency - taken_over - self._running(), _CLAIM_AT_ONCE)
        if room <= 0 or self._draining:
            return []
        fault_point("claiming")
        taken = await self._bridge.call(
            claim_pending,
            options.name,
            limit=room,
            hosts=self._sessions.ready(),
            queues=options.queues,
            only_job=options.only_job,
        )
        if len(taken) == _CLAIM_AT_ONCE:
            self._news.tell_work()
        self._is_due_unknown = len(taken) < room
        return taken

    async def _begin(self, claimed: ClaimedAttempt, held_until: float) -> None:
        session = await self._sessions.of(claimed.host_id)
        if session is None:
            return  # the lease runs out, and then it is tried again
        scope = AttemptScope(
            claimed, session, bridge=self._bridge, diagnosing=self._diagnosing, reporter=self._reporter
        )
        scope.tell_freed = self._has_freed
        scope.held_until = held_until
        task = asyncio.create_task(self._attempt(scope), name=f"job {claimed.lease.job_id}")
        self._attempts[task] = scope
        self._bridge.expect(len(self._attempts))
        task.add_done_callback(self._forget)

    async def _attempt(self, scope: AttemptScope) -> None:
        try:
            await run_attempt(scope)
        except LeaseLostError as lost:
            logger.warning("%s; dropping it", lost, extra={"action": "lease-lost", "job": scope.lease.job_id})
        except Exception as error:  # noqa: BLE001  the worker's loop: one attempt's trouble must not end the worker
            what = f"job {scope.lease.job_id}: this step failed and will be repeated"
            log_failure(logger, what, error, action="attempt-failed", job=scope.lease.job_id)
            await asyncio.sleep(_REPEAT_SECONDS)
            await self._bridge.call(hand_back, [scope.lease])

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._attempts.pop(task, None)
        self._bridge.expect(len(self._attempts))
        self._has_freed()
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("an attempt was dropped: %s", error, extra={"action": "attempt-dropped"})

    async def _follow_cancellations(self) -> None:
        going_on = {s.lease.job_id: s for s in self._attempts.values() if not s.is_clearing}
        if not going_on:
            return
        found = await self._bridge.call(statuses, list(going_on))
        for job_id, scope in going_on.items():
            if found.get(job_id) is Status.CANCELLING and not scope.cancel_asked.is_set():
                scope.cancel()

    async def _is_done(self) -> bool:
        options = self._options
        if self._draining:
            return True
        if options.only_job is not None:
            found = await self._bridge.call(statuses, [options.only_job])
            return found.get(options.only_job, Status.CANCELLED).is_terminal
        if not options.once:
            return False
        if not self._was_all_checked:
            self._was_all_checked = True
            await self._sessions.all_checked()
            self._news.tell()
            return False
        return True

    async def _regularly(self, chore: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await chore()
            except Exception as error:  # noqa: BLE001  the worker's loop: a chore that failed is tried again in its turn
                log_failure(logger, "a chore failed", error, action="chore")

    async def _expire(self) -> None:
        """End what waited too long, whether or not we have room for it."""
        for job_id in await self._bridge.call(expire_pending):
            logger.info("job %s waited too long", job_id, extra={"action": "expired", "job": job_id})

    async def _beat(self) -> None:
        await self._heartbeat.beat(is_draining=self._draining or self._stopping.is_set())

    async def _hand_over(self) -> None:
        """Leave everything as it is on the platforms, and give the jobs to whoever comes next."""
        scopes = list(self._attempts.values())
        tasks = list(self._attempts)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await hand_over(self._bridge, self._options.name, scopes)
