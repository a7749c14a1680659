"""Known problems: the file they stand in, for how long, and what they cover."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sickbay.checks.accepting import (
    Accepted,
    InvalidAcceptedError,
    acceptances,
    accepted_in,
    check_until,
    latest_day,
    with_another,
)
from sickbay.checks.finding import Finding, problem, unmeasured, warning, well
from sickbay.checks.running import Result
from sickbay.safety.outcome import NotMeasured

TODAY = date(2026, 11, 22)
FULL = problem("A disk is full", advice="make room", cause="disk-full")
KNOWN = Accepted(check="disk", found="problem: disk-full", until=date(2027, 1, 31), reason="it is replaced in January")


def _result(check: str, finding: Finding) -> Result:
    return Result(id=check, title=check, finding=finding, seconds=0.0)


def _is_in_force(entry: Accepted, finding: Finding = FULL, today: date = TODAY) -> bool:
    return acceptances([_result("disk", finding)], [entry], today)["disk"].is_in_force


def test_what_was_written_is_read_again() -> None:
    text = with_another("", KNOWN)
    other = Accepted(check="hosts", found="inconclusive", until=TODAY, reason='a "quoted" \\ reason')
    assert accepted_in(with_another(text, other)) == (KNOWN, other)


@given(some.text(min_size=1).filter(lambda text: text.strip() and text.isprintable()))
def test_any_reason_survives_the_file(reason: str) -> None:
    entry = Accepted(check="disk", found="problem", until=TODAY, reason=reason)
    assert accepted_in(with_another("# ours\n", entry)) == (entry,)


def test_whatever_stands_in_the_file_stays_as_it_is() -> None:
    before = "# Asked for by the operators.\n" + with_another("", KNOWN)
    assert with_another(before, KNOWN).startswith(before)


@pytest.mark.parametrize(
    "text",
    [
        "accepted = 1",
        "[other]",
        "[[accepted]]\ncheck = 'disk'",
        "[[accepted]]\ncheck = 'disk'\nfound = 'x'\nuntil = '2027-01-31'\nreason = 'x'",
        "[[accepted]]\ncheck = 'disk'\nfound = 'x'\nuntil = 2027-01-31T10:00:00\nreason = 'x'",
        "[[accepted]]\ncheck = 1\nfound = 'x'\nuntil = 2027-01-31\nreason = 'x'",
        "[[accepted]]\ncheck = 'disk'\nfound = 'x'\nuntil = 2027-01-31\nreason = ' '",
        "no toml",
    ],
)
def test_a_file_that_is_wrong_accepts_nothing(text: str) -> None:
    with pytest.raises(InvalidAcceptedError):
        accepted_in(text)


def test_it_holds_until_the_end_of_its_day() -> None:
    assert _is_in_force(KNOWN, today=KNOWN.until)
    over = acceptances([_result("disk", FULL)], [KNOWN], KNOWN.until + timedelta(days=1))["disk"]
    assert not over.is_in_force
    assert "2027-01-31" in over.why_not


def test_an_entry_for_longer_than_a_year_does_not_count() -> None:
    assert not _is_in_force(Accepted(check="disk", found=FULL.kind, until=date(2030, 1, 1), reason="for ever"))


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), date(2027, 11, 23)])
def test_a_day_that_is_over_or_too_far_is_refused(day: date) -> None:
    with pytest.raises(InvalidAcceptedError):
        check_until(day, TODAY)


@pytest.mark.parametrize("day", [TODAY, date(2027, 11, 22)])
def test_days_up_to_a_year_are_taken(day: date) -> None:
    check_until(day, TODAY)


def test_a_year_after_a_leap_day_is_a_day_that_exists() -> None:
    assert latest_day(date(2028, 2, 29)) == date(2029, 2, 28)


def test_only_what_was_found_then_is_accepted() -> None:
    assert _is_in_force(KNOWN)
    assert not _is_in_force(KNOWN, problem("no inodes", advice="make room", cause="disk-inodes-exhausted"))
    assert not _is_in_force(KNOWN, unmeasured(NotMeasured.TIMEOUT, "no answer in 5 s"))


def test_an_accepted_problem_covers_the_same_as_a_warning_and_not_the_other_way_round() -> None:
    milder = warning("A disk is nearly full", advice="make room", cause="disk-full")
    assert _is_in_force(KNOWN, milder)
    assert not _is_in_force(Accepted(check="disk", found=milder.kind, until=TODAY, reason="soon"), FULL)


def test_of_two_for_one_check_the_last_one_counts() -> None:
    over = Accepted(check="disk", found=FULL.kind, until=TODAY - timedelta(days=9), reason="then")
    assert acceptances([_result("disk", FULL)], [over, KNOWN], TODAY)["disk"].is_in_force
    assert not acceptances([_result("disk", FULL)], [KNOWN, over], TODAY)["disk"].is_in_force


def test_what_follows_from_an_accepted_finding_is_accepted_with_it() -> None:
    results = [
        _result("disk", FULL),
        _result("database", unmeasured(NotMeasured.UNREACHABLE, "no", follows="disk")),
        _result("hosts", unmeasured(NotMeasured.UNREACHABLE, "no", follows="database")),
        _result("engine", unmeasured(NotMeasured.UNREACHABLE, "no", follows="socket")),
    ]
    assert set(acceptances(results, [KNOWN], TODAY)) == {"disk", "database", "hosts"}


def test_what_is_well_needs_no_acceptance() -> None:
    assert acceptances([_result("disk", well("50% free"))], [KNOWN], TODAY) == {}
