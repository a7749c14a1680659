"""Workers that are stopped, killed, frozen, and replaced while their jobs run."""

import contextlib
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests.crash.audit import WHOLE, audit
from tests.crash.programs import STDERR, STDOUT, countable
from tests.crash.scratch import Process, Scratch

_SLOW = 0.4


@pytest.mark.reliability(4)
@pytest.mark.reliability(20)
def test_a_stopped_worker_leaves_the_job_running_and_the_next_one_goes_on_with_it(scratch: Scratch) -> None:
    [job_id] = scratch.make(countable(pause=_SLOW))
    first = scratch.worker()
    scratch.wait_until(lambda: scratch.log(job_id, "stdout"), "some output is stored")

    assert scratch.end(first, signal.SIGTERM) == 0
    assert scratch.running_attempts()
    job = scratch.job(job_id)
    assert (job["status"], job["lease_owner"]) == ("running", "")
    assert scratch.rows("select * from container_manager_worker") == []

    second = scratch.worker()
    scratch.wait_until_cleared(job_id)
    assert scratch.end(second, signal.SIGINT) == 0
    _assert_whole(scratch, job_id)


@pytest.mark.reliability(4)
@pytest.mark.matrix
def test_a_job_that_ended_while_no_worker_was_there_is_collected_by_the_next(scratch: Scratch) -> None:
    [job_id] = scratch.make(countable(pause=0.1))
    first = scratch.worker()
    scratch.wait_until(lambda: scratch.job(job_id)["status"] == "running", "it runs")
    scratch.end(first)
    scratch.wait_until(lambda: not _is_running(scratch), "it ended by itself")

    second = scratch.worker("--once")
    assert second.wait(timeout=60) == 0
    _assert_whole(scratch, job_id)
    assert scratch.attempts_of(job_id)[0]["finished_at"] < scratch.attempts_of(job_id)[0]["ended_at"]


def test_a_draining_worker_waits_for_what_runs_and_claims_nothing_more(scratch: Scratch) -> None:
    job_id, waiting = scratch.make(countable(pause=0.1), {"command": ["true"]})
    worker = scratch.worker("--drain", "--concurrency", "1")
    scratch.wait_until(lambda: scratch.job(job_id)["status"] == "running", "it runs")

    assert scratch.end(worker) == 0
    assert scratch.job(waiting)["status"] == "pending"
    assert scratch.manage("cancel_job", str(waiting)).returncode == 0
    _assert_whole(scratch, job_id)


@pytest.mark.matrix
def test_a_second_signal_makes_a_draining_worker_hand_over(scratch: Scratch) -> None:
    [job_id] = scratch.make(countable(pause=60))
    worker = scratch.worker("--drain")
    scratch.wait_until(lambda: scratch.job(job_id)["status"] == "running", "it runs")
    worker.send_signal(signal.SIGTERM)
    scratch.wait_until(lambda: scratch.rows("select 1 from container_manager_worker where is_draining"), "it drains")

    assert scratch.end(worker) == 0
    assert scratch.job(job_id)["status"] == "running"
    assert scratch.running_attempts()


@pytest.mark.reliability(3)
def test_a_frozen_worker_loses_its_job_and_writes_nothing_when_it_wakes(scratch: Scratch) -> None:
    [job_id] = scratch.make(countable(pause=_SLOW))
    zombie = scratch.worker()
    scratch.wait_until(lambda: scratch.log(job_id, "stdout"), "some output is stored")
    _freeze(scratch, zombie)
    try:
        second = scratch.worker()
        scratch.wait_until(lambda: "taken_over" in scratch.events(job_id), "the job is taken over")
    finally:
        zombie.send_signal(signal.SIGCONT)
    scratch.wait_until_cleared(job_id)
    scratch.wait_until(lambda: "dropping it" in scratch.said(zombie), "the zombie notices")

    assert scratch.end(zombie) == 0
    assert scratch.end(second) == 0
    _assert_whole(scratch, job_id)
    tokens = scratch.job(job_id)["lease_token"]
    assert tokens == 2
    workers = scratch.rows("select distinct worker from container_manager_jobevent where kind = 'ended'")
    assert [row["worker"] for row in workers] == ["worker-1"]


@pytest.mark.reliability(15)
@pytest.mark.matrix
def test_a_cancellation_asked_for_between_two_workers_is_carried_out_by_the_second(scratch: Scratch) -> None:
    [job_id] = scratch.make(countable(pause=60))
    first = scratch.worker()
    scratch.wait_until(lambda: scratch.job(job_id)["status"] == "running", "it runs")
    scratch.end(first)
    assert scratch.manage("cancel_job", str(job_id)).returncode == 0

    second = scratch.worker()
    scratch.wait_until_cleared(job_id)
    scratch.end(second)
    assert scratch.job(job_id)["status"] == "cancelled"
    assert not scratch.running_attempts()


@pytest.mark.reliability(17)
@pytest.mark.matrix
def test_a_time_limit_counts_across_workers(scratch: Scratch) -> None:
    [job_id] = scratch.make(countable(pause=60, timeout_seconds=3))
    first = scratch.worker()
    scratch.wait_until(lambda: scratch.job(job_id)["status"] == "running", "it runs")
    scratch.end(first)
    time.sleep(3)

    second = scratch.worker()
    scratch.wait_until_cleared(job_id)
    scratch.end(second)
    assert scratch.job(job_id)["status"] == "timeout"
    assert not scratch.running_attempts()


@pytest.mark.reliability(20)
def test_many_running_jobs_are_handed_over_at_once(scratch: Scratch) -> None:
    jobs = scratch.make(*[countable(pause=0.2) for _ in range(6)])
    first = scratch.worker()
    scratch.wait_until(lambda: all(scratch.job(job)["status"] == "running" for job in jobs), "all run")
    assert scratch.end(first) == 0

    second = scratch.worker("--concurrency", "1")
    scratch.wait_until_cleared(*jobs)
    assert scratch.end(second) == 0
    for job in jobs:
        assert (scratch.log(job, "stdout"), scratch.log(job, "stderr")) == (STDOUT, STDERR)
    assert [scratch.times_run(job) for job in jobs] == [1] * 6


def _is_running(scratch: Scratch) -> bool:
    # The trace's process; what stays behind it is the executor's own.
    return any(_is_program(pid) for pid in scratch.running_attempts())


def _is_program(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith((b"sh\0-c", b"sleep"))
    except OSError:
        return False


def _assert_whole(scratch: Scratch, *job_ids: int) -> None:
    audit(scratch, dict.fromkeys(job_ids, WHOLE))
    assert [scratch.times_run(job_id) for job_id in job_ids] == [1] * len(job_ids)


def _freeze(scratch: Scratch, worker: Process) -> None:
    """Stop a worker outside of a transaction: SQLite lets nobody write while one is open."""
    while True:
        worker.send_signal(signal.SIGSTOP)
        if scratch.database.kind != "sqlite" or _is_writable(scratch):
            return
        worker.send_signal(signal.SIGCONT)
        time.sleep(0.05)


def _is_writable(scratch: Scratch) -> bool:
    file = sqlite3.connect(scratch.folder / "db.sqlite3", timeout=0.3, isolation_level=None)
    with contextlib.closing(file):
        try:
            file.execute("begin immediate")
            file.execute("rollback")
        except sqlite3.OperationalError:
            return False
    return True
