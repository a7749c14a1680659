"""Jobs that have to do with one another, made and ended by several processes at once."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

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


def _at_once(scratch: Scratch, *calls: list[str]) -> list[Any]:
    begin = scratch.folder / "begin"
    programs = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.crash.graph_jobs", str(begin), *arguments],
            cwd=PROJECT,
            env=scratch.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for arguments in calls
    ]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    begin.touch()
    outputs = [program.communicate(timeout=PATIENCE_SECONDS)[0] for program in programs]
    assert [program.returncode for program in programs] == [0] * len(programs)
    return [json.loads(output) for output in outputs]
