from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from container_manager.lifecycle.machine import IllegalTransitionError, Transition, transition
from container_manager.lifecycle.status import ACTIVE, TERMINAL, FailureReason, Status

REFUSED = LaunchRefused(reason=FailureReason.IMAGE)
SUCCEEDED = Ended(reason=None)
FAILED = Ended(reason=FailureReason.OOM)
EXPIRED = Expired(reason=FailureReason.QUEUE_TIMEOUT)
TOO_LATE = TimeLimitReached(reason=FailureReason.DEADLINE)
AGAIN = (RetryScheduled(), Restarted())

EVENTS: tuple[Event, ...] = (
    Claimed(),
    ClaimReturned(),
    REFUSED,
    Started(),
    SUCCEEDED,
    FAILED,
    EXPIRED,
    TOO_LATE,
    CancelRequested(),
    CancelConfirmed(),
    Vanished(),
    *AGAIN,
)

ONCE = [event for event in EVENTS if event not in AGAIN]

CANCELLED = (Status.CANCELLED, FailureReason.CANCELLED)

#: Everything that is legal, with the status and the reason that follow. What is not here must be refused.
LEGAL: dict[tuple[Status, Event], tuple[Status, FailureReason | None]] = {
    (Status.PENDING, Claimed()): (Status.LAUNCHING, None),
    (Status.PENDING, CancelRequested()): CANCELLED,
    (Status.PENDING, EXPIRED): (Status.TIMEOUT, FailureReason.QUEUE_TIMEOUT),
    (Status.LAUNCHING, ClaimReturned()): (Status.PENDING, None),
    (Status.LAUNCHING, REFUSED): (Status.FAILED, FailureReason.IMAGE),
    (Status.LAUNCHING, Started()): (Status.RUNNING, None),
    (Status.LAUNCHING, CancelRequested()): (Status.CANCELLING, None),
    (Status.LAUNCHING, TOO_LATE): (Status.TIMEOUT, FailureReason.DEADLINE),
    (Status.LAUNCHING, Vanished()): (Status.FAILED, FailureReason.LOST),
    (Status.RUNNING, REFUSED): (Status.FAILED, FailureReason.IMAGE),
    (Status.RUNNING, SUCCEEDED): (Status.COMPLETED, None),
    (Status.RUNNING, FAILED): (Status.FAILED, FailureReason.OOM),
    (Status.RUNNING, TOO_LATE): (Status.TIMEOUT, FailureReason.DEADLINE),
    (Status.RUNNING, CancelRequested()): (Status.CANCELLING, None),
    (Status.RUNNING, Vanished()): (Status.FAILED, FailureReason.LOST),
    (Status.CANCELLING, REFUSED): CANCELLED,
    (Status.CANCELLING, Started()): (Status.CANCELLING, None),
    (Status.CANCELLING, SUCCEEDED): (Status.COMPLETED, None),
    (Status.CANCELLING, FAILED): CANCELLED,
    (Status.CANCELLING, TOO_LATE): CANCELLED,
    (Status.CANCELLING, CancelRequested()): (Status.CANCELLING, None),
    (Status.CANCELLING, CancelConfirmed()): CANCELLED,
    (Status.CANCELLING, Vanished()): CANCELLED,
    (Status.FAILED, RetryScheduled()): (Status.PENDING, None),
    (Status.TIMEOUT, RetryScheduled()): (Status.PENDING, None),
    (Status.FAILED, Restarted()): (Status.PENDING, None),
    (Status.TIMEOUT, Restarted()): (Status.PENDING, None),
    (Status.CANCELLED, Restarted()): (Status.PENDING, None),
}


def _name(value: object) -> str:
    return value.value if isinstance(value, Status) else repr(value)


def test_the_table_speaks_of_every_kind_of_event() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(Event))


@pytest.mark.parametrize("status", Status, ids=_name)
@pytest.mark.parametrize("event", EVENTS, ids=_name)
def test_every_pair_of_status_and_event_does_what_the_table_says(status: Status, event: Event) -> None:
    expected = LEGAL.get((status, event))
    if expected is None:
        with pytest.raises(IllegalTransitionError, match=status.value):
            transition(status, event)
    else:
        assert transition(status, event) == Transition(status=expected[0], reason=expected[1])


@pytest.mark.parametrize("reason", FailureReason)
def test_a_failure_keeps_its_reason(reason: FailureReason) -> None:
    assert transition(Status.RUNNING, Ended(reason=reason)).reason is reason
    assert transition(Status.LAUNCHING, LaunchRefused(reason=reason)).reason is reason
    assert transition(Status.RUNNING, TimeLimitReached(reason=reason)).reason is reason
    assert transition(Status.PENDING, Expired(reason=reason)).reason is reason


def test_a_job_that_is_over_can_only_begin_again() -> None:
    assert {event for status, event in LEGAL if status in TERMINAL} == set(AGAIN)


def test_a_job_that_completed_never_begins_again() -> None:
    assert not [event for status, event in LEGAL if status is Status.COMPLETED]


def test_a_cancelled_job_begins_again_only_where_somebody_asks_for_it() -> None:
    assert [event for status, event in LEGAL if status is Status.CANCELLED] == [Restarted()]


def test_every_status_is_reached_from_pending() -> None:
    reached, frontier = {Status.PENDING}, [Status.PENDING]
    while frontier:
        status = frontier.pop()
        after = {target for (source, _), (target, _) in LEGAL.items() if source is status}
        frontier += after - reached
        reached |= after
    assert reached == set(Status)


@pytest.mark.parametrize("status", set(Status) - TERMINAL, ids=_name)
def test_every_status_that_is_not_terminal_has_a_way_to_end(status: Status) -> None:
    seen, frontier = set(), [status]
    while frontier:
        at = frontier.pop()
        seen.add(at)
        frontier += [target for (source, _), (target, _) in LEGAL.items() if source is at and target not in seen]
    assert seen & TERMINAL


@given(st.lists(st.sampled_from(ONCE), max_size=40))
def test_a_job_that_is_not_tried_again_ends_at_most_once_and_a_bad_end_has_a_reason(events: list[Event]) -> None:
    status, ends = Status.PENDING, 0
    for event in events:
        try:
            after = transition(status, event)
        except IllegalTransitionError:
            continue
        assert not status.is_terminal
        assert (after.reason is not None) == (after.status in TERMINAL - {Status.COMPLETED})
        ends += after.status.is_terminal
        status = after.status
    assert ends == int(status.is_terminal)


@given(st.lists(st.sampled_from(ONCE), max_size=20))
def test_a_cancelled_job_never_starts_afresh(events: list[Event]) -> None:
    status = Status.CANCELLING
    for event in events:
        try:
            status = transition(status, event).status
        except IllegalTransitionError:
            continue
        assert status not in {Status.PENDING, Status.LAUNCHING, Status.RUNNING}


def test_pending_active_and_terminal_share_out_all_statuses() -> None:
    assert {Status.PENDING} | ACTIVE | TERMINAL == set(Status)
    assert not ACTIVE & TERMINAL
    assert [status for status in Status if status.is_active] == [status for status in Status if status in ACTIVE]
