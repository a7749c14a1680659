"""What a job may ask of the queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from container_manager.request.policy import check_policy
from container_manager.scheduling.policy import JobPolicy
from container_manager.validation.problems import Problems

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def checked(**fields: Any) -> JobPolicy:
    problems = Problems()
    policy = check_policy(fields, problems, lambda: NOW)
    problems.raise_if_any()
    return policy


def wrong(**fields: Any) -> list[tuple[str, str]]:
    problems = Problems()
    check_policy(fields, problems, lambda: NOW)
    return [(problem.field, f"{problem.message} {problem.fix}") for problem in problems._found]


def test_without_anything_the_defaults_hold() -> None:
    assert checked() == JobPolicy()
    assert checked(**dict.fromkeys(["queue", "priority", "not_before", "deadline", "dedup_key"])) == JobPolicy()


def test_everything_that_is_right_is_taken_as_it_is() -> None:
    given = {
        "queue": "reports.night-2",
        "priority": -100,
        "queue_timeout_seconds": 1.0,
        "start_timeout_seconds": 2.0,
        "timeout_seconds": 0.001,
        "total_timeout_seconds": 4.0,
        "dedup_key": "report 2026-03-01",
        "concurrency_key": "tenant 7",
        "concurrency_limit": 3,
        "host_labels": {"zone": "eu"},
    }
    assert checked(**given) == JobPolicy(**given)


def test_moments_may_be_told_from_now_and_come_out_in_utc() -> None:
    policy = checked(not_before=HOUR, deadline=NOW.astimezone(timezone(3 * HOUR)) + 2 * HOUR)
    assert (policy.not_before, policy.deadline) == (NOW + HOUR, NOW + 2 * HOUR)
    assert policy.deadline is not None
    assert policy.deadline.tzinfo is UTC


def test_a_moment_that_has_passed_may_be_the_earliest_but_not_the_last() -> None:
    assert checked(not_before=NOW - HOUR).not_before == NOW - HOUR
    assert wrong(deadline=NOW) == [("deadline", "has passed already. Write a moment to come.")]


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"queue": "two words"}, "queue", "letters, digits"),
        ({"queue": "x" * 101}, "queue", "at most 100"),
        ({"queue": 7}, "queue", "must be text"),
        ({"priority": 101}, "priority", "at most 100"),
        ({"priority": -101}, "priority", "at least -100"),
        ({"priority": 1.5}, "priority", "whole number"),
        ({"not_before": datetime(2026, 3, 1)}, "not_before", "no time zone"),  # noqa: DTZ001  (without a zone on purpose)
        ({"not_before": "tomorrow"}, "not_before", "must be a datetime or a timedelta"),
        ({"not_before": -HOUR}, "not_before", "from now"),
        ({"deadline": timedelta(days=200 * 365)}, "deadline", "hundred years"),
        ({"deadline": datetime.max.replace(tzinfo=UTC)}, "deadline", "hundred years"),
        ({"not_before": datetime.min.replace(tzinfo=UTC)}, "not_before", "hundred years"),
        ({"not_before": 2 * HOUR, "deadline": HOUR}, "deadline", "could never run"),
        ({"queue_timeout_seconds": 0}, "queue_timeout_seconds", "at least 0.001"),
        ({"start_timeout_seconds": -1}, "start_timeout_seconds", "at least 0.001"),
        ({"timeout_seconds": "60"}, "timeout_seconds", "must be a number"),
        ({"total_timeout_seconds": float("nan")}, "total_timeout_seconds", "NaN"),
        ({"dedup_key": "x" * 201}, "dedup_key", "At most 200"),
        ({"dedup_key": " x"}, "dedup_key", "space"),
        ({"concurrency_key": "a\nb"}, "concurrency_key", "not one line"),
        ({"concurrency_limit": 2}, "concurrency_limit", "without a concurrency_key"),
        ({"concurrency_key": "k", "concurrency_limit": 0}, "concurrency_limit", "at least 1"),
        ({"host_labels": ["zone"]}, "host_labels", "dictionary"),
        ({"host_labels": {"zone": 1}}, "host_labels", "must be text"),
        ({"host_labels": {"": "eu"}}, "host_labels", "no label"),
    ],
)
def test_what_is_wrong_names_its_field_and_the_fix(fields: dict[str, Any], field: str, said: str) -> None:
    [(named, text)] = wrong(**fields)
    assert named == field
    assert said in text


def test_all_wrong_fields_are_named_at_once() -> None:
    assert [field for field, _ in wrong(queue="a b", priority=1000, deadline="soon")] == [
        "deadline",
        "queue",
        "priority",
    ]
