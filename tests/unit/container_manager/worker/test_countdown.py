"""When an attempt reaches its limits, on a clock that the test moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from container_manager.lifecycle.limits import Limit, TimeLimits
from container_manager.worker.countdown import Countdown

READ = datetime(2026, 3, 1, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limits(**known: object) -> TimeLimits:
    return TimeLimits(**{"read_at": READ, "claimed_at": READ, "first_claimed_at": READ, **known})


def test_without_limits_there_is_no_end(clock: Clock) -> None:
    countdown = Countdown(limits(), clock)
    clock.now += 10**9
    assert (countdown.seconds_left(), countdown.reached) == (None, None)


@pytest.mark.parametrize(
    ("known", "limit"),
    [
        ({"start_seconds": 5}, Limit.START),
        ({"total_seconds": 5}, Limit.TOTAL),
        ({"deadline": READ + timedelta(seconds=5)}, Limit.DEADLINE),
        ({"started_at": READ - timedelta(seconds=2), "run_seconds": 7}, Limit.RUN),
    ],
)
def test_a_limit_is_reached_at_its_boundary_and_not_before(clock: Clock, known: dict, limit: Limit) -> None:
    countdown = Countdown(limits(**known), clock)
    clock.now += 4.999
    assert countdown.reached is None
    assert countdown.seconds_left() == pytest.approx(0.001)
    clock.now = 1005.0
    assert (countdown.reached, countdown.seconds_left()) == (limit, 0.0)


def test_what_was_over_at_the_claim_is_reached_at_once(clock: Clock) -> None:
    assert Countdown(limits(deadline=READ - timedelta(days=1)), clock).reached is Limit.DEADLINE


def test_of_two_limits_the_earlier_one_is_reached(clock: Clock) -> None:
    countdown = Countdown(limits(total_seconds=7, deadline=READ + timedelta(seconds=5)), clock)
    clock.now += 100
    assert countdown.reached is Limit.DEADLINE


def test_the_start_ends_the_start_limit_and_begins_the_run(clock: Clock) -> None:
    countdown = Countdown(limits(start_seconds=5, run_seconds=10), clock)
    clock.now += 4
    countdown.has_started(None)
    clock.now += 9.5
    assert countdown.reached is None
    clock.now += 0.5
    assert countdown.reached is Limit.RUN


def test_a_run_that_began_before_the_claim_has_used_some_of_its_time(clock: Clock) -> None:
    countdown = Countdown(limits(run_seconds=10), clock)
    clock.now += 1
    countdown.has_started(READ - timedelta(seconds=8))
    assert countdown.seconds_left() == pytest.approx(1)


def test_a_platform_whose_clock_is_ahead_gives_no_more_time(clock: Clock) -> None:
    countdown = Countdown(limits(run_seconds=10), clock)
    countdown.has_started(READ + timedelta(hours=1))
    assert countdown.seconds_left() == pytest.approx(10)


def test_a_start_that_is_told_again_does_not_begin_the_run_anew(clock: Clock) -> None:
    countdown = Countdown(limits(started_at=READ, run_seconds=10), clock)
    clock.now += 6
    countdown.has_started(None)
    assert countdown.seconds_left() == pytest.approx(4)
