"""Jobs that have to do with one another, made and ended by several processes at once."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.crash.scratch import PATIENCE_SECONDS, PROJECT, Scratch

_MANY = {"name": "here", "executor_type": "process", "max_running": 10_000}


def test_one_key_makes_one_job_whoever_submits_at_once(scratch: Scratch) -> None:
    answers = _at_once(scratch, *[["submit", "30"]] * 4)

    for of_one_key in zip(*answers, strict=True):
        assert len({job for job, _ in of_one_key}) == 1
        assert sum(made_now for _, made_now in of_one_key) == 1
    assert scratch.rows("select count(*) as n from container_manager_containerjob")[0]["n"] == 30


def test_no_dependent_is_forgotten_that_is_made_while_its_upstream_ends(scratch: Scratch) -> None:
    upstreams = scratch.make(*[{"command": ["true"]}] * 40, host=_MANY)
    ids = [str(job) for job in upstreams]

    # Neighbors, which some dependents wait for both of, end in different processes.
    made, also_made, *_ = _at_once(
        scratch, ["depend", *ids], ["depend", *ids], ["end", *ids[0::2]], ["end", *ids[1::2]]
    )

    left = scratch.rows("select id, status from container_manager_containerjob where is_blocked order by id")
    assert left == []
    released = scratch.rows("select count(*) as n from container_manager_containerjob where status = 'pending'")
    assert released[0]["n"] == len(made) + len(also_made) == 160


def test_an_upstream_ends_only_after_the_transaction_that_makes_its_dependent(scratch: Scratch) -> None:
    (upstream,) = scratch.make({"command": ["true"]}, host=_MANY)
    begin, end = scratch.folder / "begin", scratch.folder / "end"
    begin.touch()
    maker = _start(scratch, begin, "hold", str(end), "yes", str(upstream))
    assert maker.stdout is not None
    assert [maker.stdout.readline() for _ in range(2)] == ["ready\n", "submitted\n"]
    ender = _start(scratch, begin, "end", str(upstream))
    assert ender.stdout is not None
    assert ender.stdout.readline() == "ready\n"

    # Enough for it to end the job, if it did not wait. On SQLite it cannot even claim it.
    with contextlib.suppress(subprocess.TimeoutExpired):
        ender.wait(timeout=3)
    assert ender.poll() is None
    end.touch()
    for program in (maker, ender):
        program.communicate(timeout=PATIENCE_SECONDS)
        assert program.returncode == 0

    rows = scratch.rows("select status, is_blocked from container_manager_containerjob order by id limit 2")
    assert [(row["status"], bool(row["is_blocked"])) for row in rows] == [("completed", False), ("pending", False)]


def test_a_schedule_makes_one_job_for_each_time_whoever_looks_at_once(scratch: Scratch) -> None:
    request = json.dumps({"image": "debian"})
    for number in range(2):
        added = scratch.manage("schedules", "add", f"s{number}", "--cron", "0 4 * * *", "--request", request)
        assert added.returncode == 0, added.stderr
    scratch.rows(
        "update container_manager_jobschedule set missed_runs = 'all', next_due_at = ?", "2026-01-01 04:00:00+00:00"
    )

    made = _at_once(scratch, *[["tick", "5"]] * 4)

    times = scratch.rows("select schedule_id, due_at, job_id from container_manager_scheduletick")
    assert len({(row["schedule_id"], row["due_at"]) for row in times}) == len(times)
    jobs = [row["job_id"] for row in times]
    assert sorted(job for some in made for job in some) == sorted(jobs)
    assert scratch.rows("select count(*) as n from container_manager_containerjob")[0]["n"] == len(jobs)


@pytest.mark.parametrize("is_kept", [True, False])
def test_nobody_sees_a_job_before_its_makers_transaction_is_committed(scratch: Scratch, is_kept: bool) -> None:
    begin, end = scratch.folder / "begin", scratch.folder / "end"
    begin.touch()
    maker = _start(scratch, begin, "hold", str(end), "yes" if is_kept else "no")
    assert maker.stdout is not None
    assert [maker.stdout.readline() for _ in range(2)] == ["ready\n", "submitted\n"]

    assert scratch.rows(_COUNTED) == [{"n": 0}]
    end.touch()
    maker.communicate(timeout=PATIENCE_SECONDS)
    assert maker.returncode == 0

    assert scratch.rows(_COUNTED) == [{"n": 4 if is_kept else 0}]
    assert scratch.rows("select count(*) as n from container_manager_jobarray") == [{"n": int(is_kept)}]


def test_a_worker_makes_what_is_due_and_runs_it_and_what_waits_for_it_in_order(scratch: Scratch) -> None:
    scratch.make(host={"name": "here", "executor_type": "process", "max_running": 4})
    request = json.dumps({"image": "none", "command": ["sh", "-c", "echo $SICKBAY_SCHEDULED_FOR"], "host": "here"})
    added = scratch.manage("schedules", "add", "s", "--cron", "0 4 * * *", "--request", request, "--missed-runs", "all")
    assert added.returncode == 0, added.stderr
    three_days = "update container_manager_jobschedule set next_due_at = ?"
    due_at = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0) - timedelta(days=3)
    scratch.rows(three_days, due_at.strftime("%Y-%m-%d %H:%M:%S+00:00"))

    assert scratch.worker("--once").wait(timeout=PATIENCE_SECONDS) == 0

    jobs = scratch.rows("select id, status, is_blocked from container_manager_containerjob order by id")
    assert len(jobs) >= 3
    assert {(job["status"], bool(job["is_blocked"])) for job in jobs} == {("completed", False)}
    # Each waited for the one before.
    ran = scratch.rows("select started_at, ended_at from container_manager_attempt order by job_id")
    assert all(earlier["ended_at"] <= later["started_at"] for earlier, later in pairwise(ran))


_COUNTED = "select count(*) as n from container_manager_containerjob"


def _start(scratch: Scratch, begin: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.crash.graph_jobs", str(begin), *arguments]
    return subprocess.Popen(command, cwd=PROJECT, env=scratch.environment, stdout=subprocess.PIPE, text=True)


def _at_once(scratch: Scratch, *calls: list[str]) -> list[Any]:
    begin = scratch.folder / "begin"
    programs = [_start(scratch, begin, *arguments) for arguments in calls]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    begin.touch()
    outputs = [program.communicate(timeout=PATIENCE_SECONDS)[0] for program in programs]
    assert [program.returncode for program in programs] == [0] * len(programs)
    return [json.loads(output) for output in outputs]
