"""Which limit on time an attempt reaches, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from container_manager.lifecycle.limits import Limit, TimeLimits, expiry_of
from container_manager.lifecycle.status import FailureReason

CLAIMED = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMITS = TimeLimits(
    read_at=CLAIMED + timedelta(seconds=1),
    claimed_at=CLAIMED,
    first_claimed_at=CLAIMED - timedelta(seconds=50),
    start_seconds=10,
    run_seconds=20,
    total_seconds=100,
    deadline=CLAIMED + timedelta(seconds=70),
)


def after(seconds: float) -> datetime:
    return CLAIMED + timedelta(seconds=seconds)


def test_before_the_start_the_start_limit_counts_and_the_run_limit_does_not() -> None:
    assert LIMITS.seconds_left() == {Limit.START: 9, Limit.TOTAL: 49, Limit.DEADLINE: 69}


def test_after_the_start_the_run_limit_counts_and_the_start_limit_does_not() -> None:
    started = replace(LIMITS, started_at=after(5))
    assert started.seconds_left() == {Limit.RUN: 24, Limit.TOTAL: 49, Limit.DEADLINE: 69}


def test_a_worker_that_comes_later_has_less_left() -> None:
    later = replace(LIMITS, started_at=after(5), read_at=after(30))
    assert later.seconds_left() == {Limit.RUN: -5, Limit.TOTAL: 20, Limit.DEADLINE: 40}


def test_without_limits_nothing_counts() -> None:
    none = TimeLimits(read_at=CLAIMED, claimed_at=CLAIMED, first_claimed_at=CLAIMED, started_at=CLAIMED)
    assert none.seconds_left() == {}


def test_every_limit_has_a_reason_of_its_own_and_words() -> None:
    assert len({limit.reason for limit in Limit}) == len(Limit)
    assert all(LIMITS.in_words(limit) for limit in Limit)
    assert Limit.RUN.reason is FailureReason.TIMEOUT


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"deadline": None}, None),
        ({"deadline": after(9)}, after(9)),
        ({"deadline": after(9), "queue_timeout_seconds": 5, "waits_since": CLAIMED}, after(5)),
        ({"deadline": after(3), "queue_timeout_seconds": 5, "waits_since": CLAIMED}, after(3)),
        ({"deadline": None, "queue_timeout_seconds": 5}, None),
        ({"deadline": after(9), "total_ends_at": after(4)}, after(4)),
    ],
)
def test_a_pending_job_expires_at_the_first_of_its_limits(known: dict, expected: datetime | None) -> None:
    assert expiry_of(**known) == expected
