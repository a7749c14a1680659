"""The status machine: one pure function from a status and an event to the next status.

Whoever calls it stores the answer in one guarded update together with a ``JobEvent``. Nothing else assigns a status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from container_manager.lifecycle.events import (
    CancelConfirmed,
    CancelRequested,
    Claimed,
    ClaimReturned,
    Ended,
    Event,
    LaunchRefused,
    Started,
    TimeLimitReached,
    Vanished,
)
from container_manager.lifecycle.status import FailureReason, Status


class IllegalTransitionError(Exception):
    """This event cannot happen to a job in this status."""

    def __init__(self, status: Status, event: Event) -> None:
        super().__init__(f"{type(event).__name__} cannot happen to a job that is {status.value}")
        self.status = status
        self.event = event


@dataclass(frozen=True, kw_only=True)
class Transition:
    """The next status, and the failure reason the attempt ends with (``None``: it goes on, or it succeeded)."""

    status: Status
    reason: FailureReason | None = None


#: What can happen in one status only, and what follows.
_FROM_ONE_STATUS: Mapping[type[Event], tuple[Status, Transition]] = {
    Claimed: (Status.PENDING, Transition(status=Status.LAUNCHING)),
    ClaimReturned: (Status.LAUNCHING, Transition(status=Status.PENDING)),
    TimeLimitReached: (Status.RUNNING, Transition(status=Status.TIMEOUT, reason=FailureReason.TIMEOUT)),
    CancelConfirmed: (Status.CANCELLING, Transition(status=Status.CANCELLED, reason=FailureReason.CANCELLED)),
}


def transition(status: Status, event: Event) -> Transition:
    """Return what becomes of a job in ``status`` when ``event`` happens.

    Raises :class:`IllegalTransitionError` for a pair that cannot be; asking twice for a cancellation is legal and
    changes nothing.
    """
    if status.is_terminal:
        raise IllegalTransitionError(status, event)
    match event:
        case Claimed() | ClaimReturned() | TimeLimitReached() | CancelConfirmed():
            source, result = _FROM_ONE_STATUS[type(event)]
            return _only_from(status, event, {source}, result)
        case CancelRequested():
            return _cancel_requested(status)
        case Started():
            return _started(status, event)
        case LaunchRefused(reason=reason):
            return _launch_refused(status, event, reason)
        case Ended(reason=reason):
            return _ended(status, event, reason)
        case Vanished():
            return _vanished(status, event)
        case _:
            assert_never(event)


def _only_from(status: Status, event: Event, sources: set[Status], result: Transition) -> Transition:
    if status not in sources:
        raise IllegalTransitionError(status, event)
    return result


def _cancel_requested(status: Status) -> Transition:
    if status is Status.PENDING:
        return Transition(status=Status.CANCELLED, reason=FailureReason.CANCELLED)
    return Transition(status=Status.CANCELLING)


def _started(status: Status, event: Event) -> Transition:
    # A cancellation may have been asked for while the platform was starting the attempt: it stays asked for.
    if status is Status.CANCELLING:
        return Transition(status=Status.CANCELLING)
    return _only_from(status, event, {Status.LAUNCHING}, Transition(status=Status.RUNNING))


def _launch_refused(status: Status, event: Event, reason: FailureReason) -> Transition:
    if status is Status.CANCELLING:
        return Transition(status=Status.CANCELLED, reason=FailureReason.CANCELLED)
    # An engine that crashed may have forgotten a start that is recorded, and refuse to repeat it.
    refused = Transition(status=Status.FAILED, reason=reason)
    return _only_from(status, event, {Status.LAUNCHING, Status.RUNNING}, refused)


def _ended(status: Status, event: Event, reason: FailureReason | None) -> Transition:
    # Work that was finished before the cancellation could reach it is finished.
    if reason is None:
        done = Transition(status=Status.COMPLETED)
        return _only_from(status, event, {Status.RUNNING, Status.CANCELLING}, done)
    if status is Status.CANCELLING:
        return Transition(status=Status.CANCELLED, reason=FailureReason.CANCELLED)
    return _only_from(status, event, {Status.RUNNING}, Transition(status=Status.FAILED, reason=reason))


def _vanished(status: Status, event: Event) -> Transition:
    if status is Status.CANCELLING:
        return Transition(status=Status.CANCELLED, reason=FailureReason.CANCELLED)
    gone = Transition(status=Status.FAILED, reason=FailureReason.LOST)
    return _only_from(status, event, {Status.LAUNCHING, Status.RUNNING}, gone)
