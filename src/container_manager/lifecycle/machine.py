"""The status machine: one pure function from a status and an event to the next status.

Whoever calls it stores the answer in one guarded update together with a ``JobEvent``. Nothing else assigns a status.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import assert_never

from container_manager.lifecycle.events import (
    CancelConfirmed,
    CancelRequested,
    Claimed,
    ClaimReturned,
    Ended,
    Event,
    Expired,
    LaunchRefused,
    Restarted,
    RetryScheduled,
    Started,
    TimeLimitReached,
    Vanished,
)
from container_manager.lifecycle.status import ACTIVE, FailureReason, Status


class IllegalTransitionError(Exception):
    """This event cannot happen to a job in this status."""

    def __init__(self, status: Status, event: Event) -> None:
        super().__init__(f"{type(event).__name__} cannot happen to a job that is {status.value}")
        self.status = status
        self.event = event


@dataclass(frozen=True, kw_only=True)
class Transition:
    """The next status, and the failure reason that the job or its attempt ends with.

    ``None``: it goes on, or it succeeded.
    """

    status: Status
    reason: FailureReason | None = None


#: From where a job becomes pending again. One that completed is not run again: what waited for it has been told.
_AGAIN: Mapping[type[Event], frozenset[Status]] = {
    RetryScheduled: frozenset({Status.FAILED, Status.TIMEOUT}),
    Restarted: frozenset({Status.FAILED, Status.TIMEOUT, Status.CANCELLED}),
}


def transition(status: Status, event: Event) -> Transition:
    """Return what becomes of a job in ``status`` when ``event`` happens.

    Raises :class:`IllegalTransitionError` for a pair that cannot be; asking twice for a cancellation is legal and
    changes nothing.
    """
    match event:
        case RetryScheduled() | Restarted():
            return _only_from(status, event, _AGAIN[type(event)], Transition(status=Status.PENDING))
        case Claimed() | ClaimReturned() | Expired():
            return _while_it_waits(status, event)
        case CancelRequested() | CancelConfirmed():
            return _cancelled(status, event)
        case Started():
            return _started(status, event)
        case LaunchRefused(reason=reason):
            return _stopped_short(status, event, Transition(status=Status.FAILED, reason=reason))
        case TimeLimitReached(reason=reason):
            return _stopped_short(status, event, Transition(status=Status.TIMEOUT, reason=reason))
        case Vanished():
            return _stopped_short(status, event, Transition(status=Status.FAILED, reason=FailureReason.LOST))
        case Ended(reason=reason):
            return _ended(status, event, reason)
        case _:
            assert_never(event)


def _only_from(status: Status, event: Event, sources: AbstractSet[Status], result: Transition) -> Transition:
    if status not in sources:
        raise IllegalTransitionError(status, event)
    return result


def _while_it_waits(status: Status, event: Claimed | ClaimReturned | Expired) -> Transition:
    match event:
        case Claimed():
            return _only_from(status, event, {Status.PENDING}, Transition(status=Status.LAUNCHING))
        case ClaimReturned():
            return _only_from(status, event, {Status.LAUNCHING}, Transition(status=Status.PENDING))
        case Expired(reason=reason):
            return _only_from(status, event, {Status.PENDING}, Transition(status=Status.TIMEOUT, reason=reason))


def _cancelled(status: Status, event: CancelRequested | CancelConfirmed) -> Transition:
    cancelled = Transition(status=Status.CANCELLED, reason=FailureReason.CANCELLED)
    if isinstance(event, CancelConfirmed):
        return _only_from(status, event, {Status.CANCELLING}, cancelled)
    if status is Status.PENDING:
        return cancelled
    return _only_from(status, event, ACTIVE, Transition(status=Status.CANCELLING))


def _started(status: Status, event: Event) -> Transition:
    # A cancellation may have been asked for while the platform was starting the attempt: it stays asked for.
    if status is Status.CANCELLING:
        return Transition(status=Status.CANCELLING)
    return _only_from(status, event, {Status.LAUNCHING}, Transition(status=Status.RUNNING))


def _stopped_short(status: Status, event: Event, result: Transition) -> Transition:
    # A cancellation that was asked for is what it ends by. And an engine that crashed may have forgotten a start that
    # is recorded, so that what happens at a launch can happen to a job that runs, too.
    if status is Status.CANCELLING:
        return Transition(status=Status.CANCELLED, reason=FailureReason.CANCELLED)
    return _only_from(status, event, {Status.LAUNCHING, Status.RUNNING}, result)


def _ended(status: Status, event: Event, reason: FailureReason | None) -> Transition:
    # Work that was finished before the cancellation could reach it is finished.
    if reason is None:
        done = Transition(status=Status.COMPLETED)
        return _only_from(status, event, {Status.RUNNING, Status.CANCELLING}, done)
    if status is Status.CANCELLING:
        return Transition(status=Status.CANCELLED, reason=FailureReason.CANCELLED)
    return _only_from(status, event, {Status.RUNNING}, Transition(status=Status.FAILED, reason=reason))
