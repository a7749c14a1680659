from __future__ import annotations

from dataclasses import replace

import pytest

from sickbay.safety.events import Escalated, Stopped
from sickbay.safety.gate import Go, Refused, decide
from sickbay.safety.outcome import NotMeasured, Outcome, State, not_measured
from sickbay.safety.session import Session, Status, follow
from sickbay.safety.stages import Stage
from sickbay.safety.stops import Alarm, Readings, StopCause, Tag, reasons_to_stop
from tests.unit.sickbay.safety.made import CALM, COLLECT, LOOK, at, started

UNSTABLE = [
    (StopCause.DISK, replace(CALM, disk_free=0.019)),
    (StopCause.MEMORY, replace(CALM, memory_pressure=41.0)),
    (StopCause.LOAD, replace(CALM, load=17.0)),
    (StopCause.ENGINE, replace(CALM, engine_reachable=False)),
    (StopCause.ERRORS, replace(CALM, errors=7.0)),
    (StopCause.CORRUPTION, replace(CALM, alarms=(Alarm(tag=Tag.CORRUPTION, says="a line"),))),
    (StopCause.SECURITY, replace(CALM, alarms=(Alarm(tag=Tag.SECURITY, says="a line"),))),
]


def _after(session: Session, refused: Refused) -> Session:
    for event in refused.events:
        session = follow(session, event)
    return session


def test_every_reason_to_stop_is_tried() -> None:
    assert {cause for cause, _ in UNSTABLE} == set(StopCause)


@pytest.mark.parametrize(("cause", "readings"), UNSTABLE)
def test_the_next_step_is_refused(cause: StopCause, readings: Readings) -> None:
    session = follow(None, started())
    refused = decide(session, LOOK, now=at(101), readings=readings)
    assert isinstance(refused, Refused)
    stopped = _after(session, refused)
    assert stopped.status is (Status.ESCALATED if cause is StopCause.SECURITY else Status.STOPPED)
    assert [stop.cause for stop in stopped.stops] == [cause]


@pytest.mark.parametrize(("cause", "readings"), UNSTABLE)
def test_once_stopped_only_collecting_goes_on(cause: StopCause, readings: Readings) -> None:
    session = follow(None, started())
    refused = decide(session, LOOK, now=at(101), readings=readings)
    assert isinstance(refused, Refused)
    stopped = _after(session, refused)
    assert isinstance(decide(stopped, COLLECT, now=at(102), readings=readings), Go), cause
    again = decide(stopped, LOOK, now=at(102), readings=CALM)
    assert isinstance(again, Refused)
    assert again.events == ()


def test_a_suspected_breach_is_handed_to_a_person() -> None:
    refused = decide(follow(None, started()), LOOK, now=at(101), readings=UNSTABLE[-1][1])
    assert isinstance(refused, Refused)
    assert [type(event) for event in refused.events] == [Stopped, Escalated]


def test_a_calm_machine_stops_nothing() -> None:
    assert reasons_to_stop(CALM, CALM) == ()
    assert reasons_to_stop(Readings(), Readings()) == ()


def test_an_engine_that_was_away_from_the_start_is_what_the_session_is_about() -> None:
    away = replace(CALM, engine_reachable=False)
    assert reasons_to_stop(away, away) == ()


@pytest.mark.parametrize(
    ("at_start", "same", "worse"),
    [
        (Readings(disk_free=0.01), Readings(disk_free=0.009), Readings(disk_free=0.004)),
        (Readings(memory_pressure=50.0), Readings(memory_pressure=60.0), Readings(memory_pressure=80.0)),
        (Readings(load=20.0), Readings(load=25.0), Readings(load=40.0)),
    ],
)
def test_a_machine_that_was_so_from_the_start_may_be_looked_at_until_it_becomes_worse(
    at_start: Readings, same: Readings, worse: Readings
) -> None:
    assert reasons_to_stop(same, at_start) == ()
    assert len(reasons_to_stop(worse, at_start)) == 1
    assert len(reasons_to_stop(same, Readings())) == 1


def test_errors_as_many_as_at_the_start_stop_nothing() -> None:
    many = replace(CALM, errors=100.0)
    assert reasons_to_stop(many, many) == ()
    assert reasons_to_stop(replace(CALM, errors=301.0), many) != ()


def test_a_session_in_which_most_was_not_measured_escalates() -> None:
    unmeasured = (Stage.SYMPTOMS, not_measured(NotMeasured.TIMEOUT))
    session = replace(follow(None, started()), outcomes=(unmeasured,) * 6)
    refused = decide(session, LOOK, now=at(101), readings=CALM)
    assert isinstance(refused, Refused)
    assert [type(event) for event in refused.events] == [Escalated]


def test_half_an_answer_is_enough_to_go_on() -> None:
    answers = ((Stage.SYMPTOMS, not_measured(NotMeasured.TIMEOUT)), (Stage.SYMPTOMS, Outcome(state=State.OK)))
    session = replace(follow(None, started()), outcomes=answers * 3)
    assert isinstance(decide(session, LOOK, now=at(101), readings=CALM), Go)


@pytest.mark.parametrize("state", [State.OK, State.FAIL, State.INCONCLUSIVE])
def test_only_what_was_not_measured_has_a_reason(state: State) -> None:
    with pytest.raises(ValueError, match="reason"):
        Outcome(state=state, reason=NotMeasured.TIMEOUT)
    with pytest.raises(ValueError, match="reason"):
        Outcome(state=State.NOT_MEASURED)
