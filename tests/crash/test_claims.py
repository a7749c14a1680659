"""Workers that claim at once, as processes of their own on one SQLite file."""

import json
import signal
import subprocess
import sys
from typing import Any

import pytest

from tests.crash.audit import WHOLE, audit
from tests.crash.programs import countable
from tests.crash.scratch import PATIENCE_SECONDS, PROJECT, Scratch

_WORKERS = 4


pytestmark = pytest.mark.reliability(2)


@pytest.mark.parametrize("same_name", [False, True])
def test_no_job_is_claimed_twice(scratch: Scratch, same_name: bool) -> None:
    jobs = scratch.make(*[{"command": ["true"]}] * 150, host=_host(max_running=1000))

    claimed = _claim_at_once(scratch, ["one"] * _WORKERS if same_name else [f"w{n}" for n in range(_WORKERS)])

    assert sorted(claimed) == sorted(jobs)
    assert {attempt["n"] for attempt in scratch.rows(_ATTEMPTS_BY_JOB)} == {1}
    assert {row["lease_token"] for row in scratch.rows("select lease_token from container_manager_containerjob")} == {1}


@pytest.mark.matrix
@pytest.mark.parametrize("workers", [2, 4])
def test_ten_thousand_jobs_are_claimed_once_each(scratch: Scratch, workers: int) -> None:
    jobs = scratch.make({"command": ["true"]}, host=_host(max_running=20_000), copies=10_000)

    claimed = _claim_at_once(scratch, [f"w{n}" for n in range(workers)], limit=10)

    assert sorted(claimed) == sorted(jobs)
    assert {attempt["n"] for attempt in scratch.rows(_ATTEMPTS_BY_JOB)} == {1}


def test_two_workers_of_one_name_work_side_by_side_and_neither_takes_the_other_ones_jobs(scratch: Scratch) -> None:
    jobs = scratch.make(*[countable(pause=0.05) for _ in range(8)])
    both = [scratch.worker("--name", "twin", "--concurrency", "3") for _ in range(2)]

    scratch.wait_until_cleared()
    for worker in both:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=PATIENCE_SECONDS) == 0

    audit(scratch, dict.fromkeys(jobs, WHOLE))
    assert [scratch.times_run(job) for job in jobs] == [1] * len(jobs)


def test_workers_that_claim_at_once_give_out_no_more_places_of_a_key_than_there_are(scratch: Scratch) -> None:
    keyed = {"command": ["true"], "concurrency_key": "disk", "concurrency_limit": 3}
    scratch.make(*[keyed] * 30, host=_host(max_running=1000))

    assert len(_claim_at_once(scratch, [f"w{n}" for n in range(_WORKERS)])) == 3


def test_a_host_never_gets_more_than_it_may_run(scratch: Scratch) -> None:
    scratch.make(*[{"command": ["true"]}] * 40, host=_host(max_running=7))

    assert len(_claim_at_once(scratch, [f"w{n}" for n in range(_WORKERS)])) == 7


def test_the_oldest_jobs_are_claimed_first_and_a_full_host_holds_up_nobody_else(scratch: Scratch) -> None:
    small = {"name": "small", "executor_type": "process", "max_running": 1}
    for_small = scratch.make(*[{"command": ["true"], "host": "small"}] * 5, host=small)
    for_any = scratch.make(*[{"command": ["true"]}] * 5, host=_host(max_running=4))

    assert sorted(_claim_at_once(scratch, ["w"])) == [for_small[0], *for_any[:4]]


_ATTEMPTS_BY_JOB = "select count(*) as n from container_manager_attempt group by job_id"


def _host(max_running: int) -> dict[str, Any]:
    return {"name": "here", "executor_type": "process", "max_running": max_running}


def _claim_at_once(scratch: Scratch, names: list[str], limit: int = 3) -> list[int]:
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.crash.claim_jobs", name, str(limit)],
            cwd=PROJECT,
            env=scratch.environment,
            stdout=subprocess.PIPE,
        )
        for name in names
    ]
    outputs = [worker.communicate(timeout=10 * PATIENCE_SECONDS)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * len(workers)
    return [job_id for output in outputs for job_id in json.loads(output)]
