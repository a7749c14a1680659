"""The page of a preflight: one line where all is well, else what is wrong first, within 80 columns."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO

from rich.console import Console

from sickbay.checks.accepting import Accepted, acceptances
from sickbay.checks.examination import Examination
from sickbay.checks.finding import Finding, problem, unclear, unmeasured, warning, well
from sickbay.checks.running import Result
from sickbay.cli.doctor_report import hidden, report_of_examination
from sickbay.cli.doctor_view import rendered_report
from sickbay.safety.outcome import NotMeasured

TODAY = date(2026, 11, 22)
DENIED = problem(
    "alice may not open the engine's socket",
    evidence=("srw-rw---- root:docker /var/run/docker.sock", "alice is not in the group docker"),
    advice="Whoever may be root here: sudo usermod -aG docker alice, then log in again",
    cause="docker-socket-permission-denied",
)
FOLLOWS = unmeasured(NotMeasured.PERMISSION, "this user may not ask it", follows="groups")
SOON = warning("A disk is nearly full", advice="Make room.", cause="disk-full", evidence=("/: 1 GB is free",))


def _examined(*findings: tuple[str, Finding], accepted: tuple[Accepted, ...] = ()) -> Examination:
    results = tuple(Result(id=name, title=name, finding=finding, seconds=0.5) for name, finding in findings)
    return Examination(results=results, seconds=1.25, accepted=acceptances(results, accepted, TODAY))


def _page(found: Examination, *, show_all: bool = False) -> str:
    stream = StringIO()
    report = hidden(report_of_examination(found, 0))
    Console(file=stream, width=80, highlight=False).print(rendered_report(report, show_all=show_all))
    return stream.getvalue()


def test_a_healthy_installation_is_one_line() -> None:
    assert _page(_examined(("engine", well("it answers")), ("disk", well("50%")))) == "Healthy: 2 checks in 1.2 s.\n"


def test_problems_come_first_with_evidence_what_helps_and_the_guide() -> None:
    found = _examined(("disk", SOON), ("groups", DENIED), ("engine", FOLLOWS), ("memory", well("8 GB")))
    assert _page(found).splitlines() == [
        "1 problem, 1 warning, 1 without an answer (4 checks in 1.2 s)",
        "",
        "PROBLEM groups: alice may not open the engine's socket",
        "  srw-rw---- root:docker /var/run/docker.sock",
        "  alice is not in the group docker",
        "  What helps: Whoever may be root here: sudo usermod -aG docker alice, then log",
        "  in again",
        "  More: sickbay guide show docker-socket-permission-denied",
        "",
        "WARNING disk: A disk is nearly full",
        "  /: 1 GB is free",
        "  What helps: Make room.",
        "  More: sickbay guide show disk-full",
        "",
        "Without an answer",
        "  engine: not measured, as long as groups is not well",
    ]


def test_what_has_no_answer_says_why() -> None:
    found = _examined(
        ("engine", unmeasured(NotMeasured.TIMEOUT, "no answer in 2 s", advice="Look at its log.")),
        ("hosts", unclear("Nobody has looked at far lately", evidence=("far: not yet",))),
    )
    assert _page(found).splitlines()[2:] == [
        "Without an answer",
        "  engine: not measured (timeout), no answer in 2 s",
        "    What helps: Look at its log.",
        "  hosts: inconclusive, Nobody has looked at far lately",
        "    far: not yet",
    ]


def test_what_is_accepted_is_shown_with_its_day_and_not_counted() -> None:
    entry = Accepted(check="groups", found=DENIED.kind, until=date(2027, 1, 31), reason="it is a build machine")
    page = _page(_examined(("groups", DENIED), ("engine", FOLLOWS), accepted=(entry,)))
    assert page.startswith("Healthy: 2 checks in 1.2 s, 2 accepted.\n")
    assert "2027-01-31: it is a build" in page
    assert "PROBLEM" not in page


def test_what_was_accepted_until_yesterday_counts_again_and_says_so() -> None:
    entry = Accepted(check="groups", found=DENIED.kind, until=date(2026, 11, 21), reason="it is a build machine")
    page = _page(_examined(("groups", DENIED), accepted=(entry,)))
    assert page.startswith("1 problem (1 check in 1.2 s)")
    assert "accepted until 2026-11-21, which is over" in page


def test_all_checks_are_shown_with_value_and_duration_within_80_columns() -> None:
    page = _page(_examined(("engine", well("x" * 200)), ("groups", DENIED)), show_all=True)
    assert max(map(len, page.splitlines())) <= 80
    assert not [line for line in page.splitlines() if line != line.rstrip()]
    assert "STATE" in page
    assert page.count("0.50 s") == 2


def test_more_than_half_without_an_answer_goes_to_a_person() -> None:
    silent = unmeasured(NotMeasured.TIMEOUT, "no answer in 5 s")
    names = [f"check{number}" for number in range(7)]
    page = _page(_examined(*((name, silent) for name in names)))
    assert "whoever runs this machine has to" in page


def test_secrets_and_terminal_control_are_not_shown() -> None:
    leaking = problem("it \x1b[31mfails", evidence=("postgres://shop:hunter2-secret@db/shop",), advice="look")
    examined = _examined(("database", leaking))
    for shown in (_page(examined, show_all=True), json.dumps(hidden(report_of_examination(examined, 1)))):
        assert "fails" in shown
        assert "hunter2" not in shown
        assert "\x1b" not in shown
        assert "\\u001b" not in shown
