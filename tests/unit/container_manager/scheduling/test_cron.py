from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from container_manager.scheduling.cron import Cron, check_cron, check_time_zone, next_times
from container_manager.validation.problems import InvalidJobError, Problems

PARIS = ZoneInfo("Europe/Paris")

# On 2026-03-29 Paris jumps from 2:00 to 3:00, on 2026-10-25 it goes back from 3:00 to 2:00.
SPRING = datetime(2026, 3, 29, tzinfo=PARIS)
AUTUMN = datetime(2026, 10, 25, tzinfo=PARIS)


def _local(expression: str, after: datetime, hours: float) -> list[str]:
    cron = Cron(expression=expression, time_zone="Europe/Paris")
    until = after.astimezone(UTC) + timedelta(hours=hours)
    found = cron.between(after.astimezone(UTC), until, most=1000)
    assert all(earlier < later for earlier, later in pairwise(found))
    return [moment.astimezone(PARIS).strftime("%H:%M%z")[:-2] for moment in found]


def _problem(expression: object) -> str:
    problems = Problems()
    assert check_cron(expression, problems) == ""
    with pytest.raises(InvalidJobError) as raised:
        problems.raise_if_any()
    assert [problem.field for problem in raised.value.problems] == ["cron"]
    return str(raised.value)


@pytest.mark.parametrize(
    "expression",
    [
        "* * * * *",
        "30 4 * * *",
        "*/15 8-18 * * MON-FRI",
        "0 0 L * *",
        "0 0 * * 5L",
        "0 9 * * mon#1",
        "0 0 29 2 *",
        "0 0 31 * *",
    ],
)
def test_what_cron_can_say_is_taken(expression) -> None:
    problems = Problems()
    assert check_cron(f"  {expression.replace(' ', '  ')} ", problems) == expression
    problems.raise_if_any()


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("", "is empty."),
        (None, "is empty."),
        (5, "must be text, not int."),
        ("0 4 * *", "has 4 fields, and there are 5."),
        ("*/10 * * * * *", "Seconds cannot be given."),
        ("60 * * * *", "its minute '60' cannot be read. It is 0 to 59"),
        ("0 24 * * *", "its hour '24' cannot be read. It is 0 to 23"),
        ("0 22-6 * * *", "its hour '22-6' cannot be read. A range goes upward"),
        ("0 0 0 * *", "its day of the month '0' cannot be read."),
        ("0 0 1 13 *", "its month '13' cannot be read."),
        ("0 0 * * MOON", "its day of the week 'MOON' cannot be read."),
        ("*/0 * * * *", "its minute '*/0' cannot be read."),
        ("0 0 30 2 *", "means a day that never comes."),
        ("@daily", "Write '0 0 * * *'."),
        ("@reboot", "'@reboot' names no time."),
        ("1" * 300, "is 300 characters long."),
    ],
)
def test_what_is_wrong_is_told_with_the_fix(expression, told) -> None:
    assert told in _problem(expression)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Europe/Pariss", "Did you mean 'Europe/Paris'?"),
        ("CEST", "no time zone"),
        (1, "must be text"),
        ("../x", "no time"),
    ],
)
def test_an_unknown_time_zone_is_told(name, told) -> None:
    problems = Problems()
    check_time_zone(name, problems)
    with pytest.raises(InvalidJobError, match=re.escape(told)):
        problems.raise_if_any()


def test_without_a_time_zone_it_is_utc() -> None:
    assert check_time_zone(None, Problems()) == "UTC"


@pytest.mark.reliability(10)
def test_a_time_that_does_not_exist_is_made_up_for_at_once() -> None:
    assert _local("30 2 * * *", SPRING, 24) == ["03:00+02"]
    assert _local("0,30 2,3 * * *", SPRING, 24) == ["03:00+02", "03:30+02"]


@pytest.mark.reliability(10)
def test_a_time_that_comes_twice_counts_once_the_first_time() -> None:
    assert _local("30 2 * * *", AUTUMN, 24) == ["02:30+02"]
    assert _local("30 2 * * *", datetime(2026, 10, 25, 2, 15, fold=1, tzinfo=PARIS), 20) == []


def test_what_names_no_hour_follows_the_time_that_passes() -> None:
    assert _local("*/30 * * * *", SPRING + timedelta(minutes=89), 1.1) == ["01:30+01", "03:00+02", "03:30+02"]
    assert _local("0 * * * *", AUTUMN, 5) == ["01:00+02", "02:00+02", "02:00+01", "03:00+01", "04:00+01"]


@pytest.mark.reliability(10)
def test_what_begins_with_a_star_is_left_out_in_the_gap_and_comes_twice_in_the_repeated_hour() -> None:
    assert _local("*/30 2 * * *", SPRING, 24) == []
    assert _local("*/30 2 * * *", AUTUMN, 24) == ["02:00+02", "02:30+02", "02:00+01", "02:30+01"]


@pytest.mark.parametrize("expression", ["* * * * *", "0 0 * * *", "0 0 29 2 *", "* * 1 1 *", "30 2 * * *"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "Australia/Lord_Howe", "America/New_York"])
def test_the_last_times_are_the_same_however_far_back_one_asks(expression, zone) -> None:
    cron = Cron(expression=expression, time_zone=zone)
    until = datetime(2026, 11, 3, tzinfo=UTC)
    near = cron.between(until - timedelta(days=400), until, most=50)
    far = cron.between(until - timedelta(days=4000), until, most=50)
    assert list(far[-len(near) :] if near else []) == list(near)


def test_times_begin_behind_the_moment_and_end_with_the_last_one() -> None:
    cron = Cron(expression="0 * * * *")
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert cron.between(noon, noon + timedelta(hours=2), most=10) == [
        noon + timedelta(hours=1),
        noon + timedelta(hours=2),
    ]
    assert next_times(cron, noon, count=2) == [noon + timedelta(hours=1), noon + timedelta(hours=2)]
    assert cron.between(noon, noon, most=10) == []


def test_years_of_missed_minutes_are_not_counted_one_by_one() -> None:
    until = datetime(2026, 1, 1, tzinfo=UTC)
    assert len(Cron(expression="* * * * *").between(until - timedelta(days=3650), until, most=100)) == 100
