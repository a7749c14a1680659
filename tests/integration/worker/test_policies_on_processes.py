"""Retries, limits on time, and stop signals of whole workers on real processes of this machine."""

from __future__ import annotations

import signal

import pytest

from tests.crash.scratch import Scratch

TRIES = "n=$(cat tries 2>/dev/null || echo 0); n=$((n + 1)); echo $n >tries; echo attempt $n; [ $n -ge 3 ]"


def test_a_program_is_run_until_it_succeeds(scratch: Scratch) -> None:
    [job] = scratch.make(
        {
            "command": ["sh", "-c", TRIES],
            "working_directory": str(scratch.folder),
            "retry": {"max_attempts": 5, "backoff_seconds": 0.2},
        }
    )
    worker = scratch.worker()
    scratch.wait_until(lambda: scratch.status(job) == "completed", "it has succeeded")
    scratch.wait_until_cleared(job)

    assert scratch.end(worker) == 0
    attempts = scratch.attempts_of(job)
    assert [(attempt["failure_reason"], attempt["exit_code"]) for attempt in attempts] == [
        ("exit_code", 1),
        ("exit_code", 1),
        ("", 0),
    ]
    assert scratch.log(job, "stdout") == b"attempt 3\n"
    assert all(attempt["removed_at"] for attempt in attempts)
    assert not scratch.running_attempts()


def test_a_program_is_asked_by_its_own_signal_and_killed_where_it_does_not_listen(scratch: Scratch) -> None:
    polite = "trap 'echo asked; exit 7' USR1; trap '' TERM; echo begun; while true; do sleep 0.1; done"
    stubborn = "trap '' USR1; echo begun; while true; do sleep 0.1; done"
    limits = {"timeout_seconds": 0.5, "stop_signal": "SIGUSR1"}
    first, second = scratch.make(
        {"command": ["sh", "-c", polite], "stop_grace_seconds": 60, **limits},
        {"command": ["sh", "-c", stubborn], "stop_grace_seconds": 0.5, **limits},
    )

    assert scratch.worker("--once").wait(timeout=60) == 0

    ends = [(scratch.status(job), scratch.attempts_of(job)[0]["exit_code"]) for job in (first, second)]
    assert ends == [("timeout", 7), ("timeout", 137)]
    assert scratch.log(first, "stdout") == b"begun\nasked\n"
    assert not scratch.running_attempts()


def test_a_job_that_waited_too_long_is_ended_by_a_worker_that_has_nothing_to_run_it_on(scratch: Scratch) -> None:
    [job] = scratch.make({"command": ["true"], "host_labels": {"zone": "nowhere"}, "queue_timeout_seconds": 0.5})
    worker = scratch.worker()
    scratch.wait_until(lambda: scratch.status(job) == "timeout", "it is ended")

    assert scratch.end(worker) == 0
    assert scratch.job(job)["failure_reason"] == "queue_timeout"
    assert scratch.attempts_of(job) == []


def test_restart_and_clone_run_the_same_again(scratch: Scratch) -> None:
    [job] = scratch.make({"command": ["sh", "-c", "echo ran; exit 3"], "name": "again"})
    assert scratch.worker("--once").wait(timeout=60) == 0

    restarted = scratch.manage("restart_job", str(job))
    cloned = scratch.manage("clone_job", str(job), "--set", 'command=["sh", "-c", "echo cloned"]')
    assert scratch.worker("--once").wait(timeout=60) == 0

    assert restarted.stdout == f"Job {job} is pending again; its next attempt is number 2.\n".encode()
    assert cloned.stdout == f"Job {job + 1} is pending: a clone of job {job}.\n".encode()
    assert [attempt["exit_code"] for attempt in scratch.attempts_of(job)] == [3, 3]
    assert (scratch.status(job + 1), scratch.log(job + 1, "stdout")) == ("completed", b"cloned\n")
    again = scratch.manage("restart_job", str(job + 1))
    assert (again.returncode, b"clone it" in again.stderr) == (1, True)


@pytest.mark.parametrize("point", ["outcome-recorded", "container-removed"])
def test_a_retry_is_made_once_whenever_its_worker_is_killed(scratch: Scratch, point: str) -> None:
    [job] = scratch.make(
        {
            "command": ["sh", "-c", TRIES],
            "working_directory": str(scratch.folder),
            "retry": {"max_attempts": 2, "backoff_seconds": 0},
        }
    )
    assert scratch.worker(fault_point=point).wait(timeout=60) == -signal.SIGKILL
    assert scratch.status(job) == "pending"

    worker = scratch.worker()
    scratch.wait_until(lambda: scratch.status(job) == "failed", "it was tried again")
    scratch.wait_until_cleared(job)

    assert scratch.end(worker) == 0
    attempts = scratch.attempts_of(job)
    assert [attempt["exit_code"] for attempt in attempts] == [1, 1]
    assert all(attempt["removed_at"] for attempt in attempts)
    assert (scratch.folder / "tries").read_text() == "2\n"
    assert scratch.events(job).count("retry_scheduled") == 1
    assert not scratch.running_attempts()
