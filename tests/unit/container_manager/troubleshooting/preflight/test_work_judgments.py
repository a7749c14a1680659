"""Workers and hosts, judged from readings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from container_manager.troubleshooting.preflight.work_judgments import (
    NO_HOST,
    NO_WORKER,
    HostReading,
    WorkReading,
    judge_hosts,
    judge_workers,
)
from sickbay.checks import Severity
from sickbay.safety.outcome import State

WELL = HostReading(name="big", is_well=True)


def test_a_worker_that_takes_jobs_is_well_however_many_wait() -> None:
    assert judge_workers(WorkReading(workers=1, draining=2, waiting=900)).outcome.state is State.OK


def test_without_a_worker_waiting_jobs_are_a_problem_and_an_empty_queue_a_warning() -> None:
    waiting = judge_workers(WorkReading(workers=0, draining=0, waiting=3))
    assert (waiting.severity, waiting.cause, waiting.evidence) == (
        Severity.PROBLEM,
        NO_WORKER,
        ("3 jobs wait to begin",),
    )
    assert judge_workers(WorkReading(workers=0, draining=0, waiting=0)).severity is Severity.WARNING


def test_workers_that_only_finish_begin_nothing() -> None:
    found = judge_workers(WorkReading(workers=0, draining=1, waiting=1))
    assert found.severity is Severity.PROBLEM
    assert "1 worker alive that only finish" in found.evidence[1]


def test_a_host_that_takes_work_is_well() -> None:
    assert judge_hosts([WELL]).outcome.state is State.OK


@pytest.mark.parametrize(
    "host",
    [replace(WELL, is_well=False, detail="refused"), replace(WELL, is_draining=True), replace(WELL, is_held_off=True)],
)
def test_without_any_host_that_takes_work_there_is_a_problem_and_with_another_a_warning(host: HostReading) -> None:
    alone = judge_hosts([host])
    assert (alone.severity, alone.cause) == (Severity.PROBLEM, NO_HOST)
    beside = judge_hosts([host, replace(WELL, name="small")])
    assert (beside.severity, len(beside.evidence)) == (Severity.WARNING, 1)


def test_the_cause_of_a_host_s_trouble_is_told_where_it_is_known() -> None:
    sick = replace(WELL, is_well=False, detail="refused", cause="docker-daemon-not-running")
    assert judge_hosts([sick]).cause == "docker-daemon-not-running"


def test_a_host_that_nobody_knows_of_is_inconclusive() -> None:
    found = judge_hosts([WELL, replace(WELL, name="far", is_well=None, detail="no worker has looked at it yet")])
    assert (found.outcome.state, found.evidence) == (State.INCONCLUSIVE, ("far: no worker has looked at it yet",))


def test_without_hosts_a_job_would_wait() -> None:
    assert (judge_hosts([]).severity, judge_hosts([]).cause) == (Severity.WARNING, NO_HOST)
