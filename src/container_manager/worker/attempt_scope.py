"""What the steps of one attempt share: the claim, its host, the way to the database, and what was heard meanwhile."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol, TypeVar

from container_manager.executors.base import ExecutorUnavailableError, Hint, HintKind
from container_manager.fault_points import fault_point
from container_manager.lifecycle.machine import Transition
from container_manager.lifecycle.status import Status
from container_manager.services.claims import ClaimedAttempt
from container_manager.services.leases import confirm
from container_manager.services.log_layout import Segment
from container_manager.services.log_storage import PackedBatch
from container_manager.services.recording_ends import Ending, record_ended
from container_manager.troubleshooting.masking import masked
from container_manager.worker import endings
from container_manager.worker.bridge import Bridge
from container_manager.worker.countdown import Countdown
from container_manager.worker.diagnosing import Diagnosing
from container_manager.worker.endings import StopCause
from container_manager.worker.host_session import HostSession

T = TypeVar("T")

logger = logging.getLogger(__name__)

#: Pauses before a platform that does not answer is asked again.
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 15.0


def lease_clock() -> float:
    """Return the seconds of a clock that nobody sets, and that goes on while the machine sleeps where there is one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Reporter(Protocol):
    """Is told what a worker does. It must neither raise nor block."""

    def started(self, claimed: ClaimedAttempt, *, again: bool) -> None:
        """An attempt runs; ``again`` when another worker had begun it."""
        ...

    def output(self, claimed: ClaimedAttempt, segments: Sequence[Segment]) -> None:
        """A piece of its log is about to be stored, or to be let go because of the log's cap."""
        ...

    def ended(self, claimed: ClaimedAttempt, ending: Ending, result: Transition) -> None:
        """Its outcome is stored."""
        ...


class AttemptScope:
    """One claimed attempt on its way. It takes the host's hints."""

    def __init__(
        self,
        claimed: ClaimedAttempt,
        host: HostSession,
        *,
        bridge: Bridge,
        diagnosing: Diagnosing,
        reporter: Reporter,
    ) -> None:
        self.claimed = claimed
        self.lease = claimed.lease
        self.host = host
        self.executor = host.executor
        self.bridge = bridge
        self.diagnosing = diagnosing
        self.reporter = reporter
        self.cancel_asked = asyncio.Event()
        self.stopped_for = StopCause(claimed.stopped_for) if claimed.stopped_for else None
        self.outside_signal = claimed.outside_signal
        self.was_handed_over = bool(claimed.handle)
        """Whether the platform may have something of it."""
        self.has_just_begun = False
        """Whether it was started here and now, and not found."""
        self.is_clearing = claimed.ended
        """Whether its outcome is stored, so that it takes up no place any more."""
        self.countdown = Countdown(claimed.limits, asyncio.get_running_loop().time)
        self.tell_freed: Callable[[], None] = lambda: None
        """Told when it takes up no place any more."""
        self.may_need_diagnosis = True
        """Whether its end was bad, or is not known here."""
        self.held_until = 0.0
        """Until when, by ``lease_clock``, the lease cannot have run out."""
        self._looked = asyncio.Event()
        if claimed.status is Status.CANCELLING:
            self.cancel_asked.set()

    def look(self) -> None:
        """Ask the platform about the attempt soon."""
        self._looked.set()

    def cancel(self) -> None:
        """Somebody asked for the job to be stopped."""
        self.cancel_asked.set()
        self.look()

    def notice(self, hint: Hint) -> None:
        """Take a hint. A signal is ours if we have begun to stop the attempt, and somebody else's otherwise."""
        if hint.kind is HintKind.SIGNALLED and self.stopped_for is None and not self.is_clearing:
            self.outside_signal = hint.signal
        if hint.kind is not HintKind.STARTED:
            self.look()

    async def confirm_lease(self) -> None:
        """Return if the lease still holds. Raises :class:`~container_manager.services.leases.LeaseLostError`.

        Where we took or prolonged it a short while ago nobody needs to be asked: for as long as this machine's clock
        has not gone on by a good part of the lease since before that was asked for, it cannot have run out.
        """
        if lease_clock() >= self.held_until:
            await self.bridge.call(confirm, self.lease)

    def seconds_to_limit(self, at_most: float) -> float:
        """Return how long it is to the next limit on time, if that is less."""
        left = self.countdown.seconds_left()
        return at_most if left is None else min(left, at_most)

    def why_not_started(self) -> Ending | None:
        """Return how the attempt ends if it is not to be started any more."""
        if self.cancel_asked.is_set():
            return endings.never_started()
        reached = self.countdown.reached
        return endings.too_late(reached, self.claimed.limits) if reached else None

    async def wait_for_news(self, seconds: float) -> None:
        """Return when there is something to ask the platform about, or after a time."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._looked.wait(), max(0.0, seconds))
        self._looked.clear()

    async def until_answered(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask a platform until it answers; silence says nothing about the attempt."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                return await ask()
            except ExecutorUnavailableError as error:
                extra = {"action": "host-away", "host": self.host.record.name, "job": self.lease.job_id}
                logger.info(
                    "job %s: %s does not answer: %s", self.lease.job_id, self.host.record.name, error, extra=extra
                )
            await self.wait_for_news(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def end(self, ending: Ending, last: PackedBatch | None = None) -> None:
        """Store the outcome with the ``last`` of the log; what the platform said may hold what the job keeps secret."""
        ending = replace(ending, message=masked(ending.message, self.claimed.spec.secrets))
        result = await self.bridge.call_with_others(record_ended, self.lease, ending, last)
        self.is_clearing = True
        self.may_need_diagnosis = endings.went_badly(result, ending)
        self.tell_freed()
        self.reporter.ended(self.claimed, ending, result)
        fault_point("outcome-recorded")
