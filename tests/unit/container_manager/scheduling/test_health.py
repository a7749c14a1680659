"""How long a host that is not to be trusted waits for new work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from container_manager.scheduling.health import (
    CheckResult,
    Trust,
    after_answered_launch,
    after_check,
    after_silent_launch,
    flaps,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def checks(*results: bool, every: timedelta = timedelta(seconds=20)) -> list[CheckResult]:
    began = NOW - every * len(results)
    return [CheckResult(checked_at=began + every * n, is_healthy=healthy) for n, healthy in enumerate(results)]


WELL = CheckResult(checked_at=NOW, is_healthy=True)


def test_a_host_is_taken_at_once_after_one_outage() -> None:
    assert after_check(Trust(), WELL, checks(True, False, False)) == Trust()


def test_a_host_that_comes_and_goes_is_held_off_when_it_comes() -> None:
    trust = after_check(Trust(), WELL, checks(True, False, True, False))

    assert trust.held_off_until == NOW + timedelta(seconds=30)
    assert trust.is_held_off(NOW)
    assert not trust.is_held_off(NOW + timedelta(seconds=30))


def test_the_more_it_flaps_the_longer_it_waits_but_never_for_ever() -> None:
    waits = [
        after_check(Trust(), WELL, checks(*[True, False] * times, every=timedelta(seconds=1))).held_off_until - NOW
        for times in range(2, 40)
    ]

    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=10)


def test_what_happened_long_ago_counts_no_more() -> None:
    history = checks(True, False, True, False, every=timedelta(minutes=11))

    assert after_check(Trust(), WELL, history) == Trust()


def test_launches_without_an_answer_open_the_circuit_at_the_third() -> None:
    trust = Trust()
    for _ in range(2):
        trust = after_silent_launch(trust, NOW)
    assert trust.held_off_until is None

    trust = after_silent_launch(trust, NOW)

    assert trust.is_held_off(NOW)


def test_good_checks_do_not_close_a_circuit_that_launches_opened() -> None:
    opened = Trust(silent_launches=3, held_off_until=NOW + timedelta(seconds=15))

    assert after_check(opened, WELL, checks(True, True)) == opened


def test_an_answer_closes_the_circuit() -> None:
    assert after_answered_launch() == Trust()


@given(st.lists(st.booleans(), max_size=30))
def test_changes_are_counted_and_not_checks(results: list[bool]) -> None:
    history = checks(*results, every=timedelta(seconds=1))
    doubled = [result for result in history for _ in range(2)]

    assert flaps(history, NOW) == flaps(doubled, NOW) <= max(0, len(results) - 1)
