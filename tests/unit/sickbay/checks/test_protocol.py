"""What a project's process tells, and what is made of it however it ends."""

from __future__ import annotations

import pytest

from sickbay.checks.check import Check, Place
from sickbay.checks.finding import Finding, problem, well
from sickbay.checks.protocol import Begun, Done, Heard, announced, encoded
from sickbay.checks.running import Result
from sickbay.safety.outcome import NotMeasured, State


def _look(_: Place) -> Finding:
    raise NotImplementedError


CHECKS = [Check(id=name, title=name, look=_look) for name in ("settings", "database", "hosts")]
FOUND = problem("it does not start", advice="correct it", cause="env-var-missing", evidence=("KeyError: 'KEY'",))
TOLD = b"".join(
    [
        encoded(announced(CHECKS)),
        encoded(Begun("settings")),
        encoded(Done(Result(id="settings", title="settings", finding=FOUND, seconds=0.25))),
        encoded(Begun("database")),
    ]
)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_lines_may_come_cut_anywhere(size: int) -> None:
    heard = Heard()
    for start in range(0, len(TOLD), size):
        heard.feed(TOLD[start : start + size])
    assert heard.waited_for == ("database", "hosts")
    [first, *_] = heard.results(NotMeasured.TIMEOUT, "no answer in 3 s", 3.0)
    assert first == Result(id="settings", title="settings", finding=FOUND, seconds=0.25)


def test_the_check_that_was_at_work_is_blamed_and_the_rest_follows_it() -> None:
    _, at_work, rest = Heard().feed(TOLD).results(NotMeasured.TIMEOUT, "no answer in 3 s", 3.0)
    assert str(at_work.finding.outcome) == "not measured (timeout)"
    assert at_work.finding.outcome.detail == "no answer in 3 s"
    assert (rest.finding.outcome.state, rest.finding.follows) == (State.NOT_MEASURED, "database")


def test_a_process_that_has_checks_for_nothing_has_announced_that() -> None:
    heard = Heard().feed(encoded(announced([])))
    assert heard.has_announced
    assert not heard.names_checks
    assert not Heard().has_announced


def test_every_state_is_told_whole() -> None:
    result = Result(id="settings", title="settings", finding=well("Django 5.2"), seconds=0.0)
    told = encoded(announced(CHECKS[:1])) + encoded(Done(result))
    assert list(Heard().feed(told).results(NotMeasured.BROKEN, "", 0.0)) == [result]
