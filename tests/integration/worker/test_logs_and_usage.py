"""A whole worker on real processes: what a cap drops, what many write at once, and what they use."""

from __future__ import annotations

import json

from container_manager.scheduling.usage_series import UsageSeries
from tests.crash.scratch import Scratch


def test_of_a_flood_head_and_tail_are_kept_and_the_rest_is_counted(scratch: Scratch) -> None:
    flood = "i=0; while [ $i -lt 300000 ]; do echo 'a line of a flood that goes on and on'; i=$((i+1)); done; echo last"
    [job] = scratch.make({"command": ["sh", "-c", flood], "log_cap_mb": 1})

    assert scratch.worker("--once").wait(timeout=120) == 0

    [attempt] = scratch.attempts_of(job)
    written = 300_000 * 38 + 5
    assert attempt["stdout_bytes"] == written
    rows = scratch.rows(
        "select c.offset, c.size from container_manager_logchunk c where c.attempt_id = ? order by c.position",
        attempt["id"],
    )
    assert 0.9 * 2**20 < sum(row["size"] for row in rows) <= 2**20
    assert rows[0]["offset"] == 0
    assert rows[-1]["offset"] + rows[-1]["size"] == written
    shown = scratch.manage("job_logs", str(job)).stdout
    assert shown.endswith(b"on and on\nlast\n")
    assert b" bytes cut " in shown


def test_many_that_chat_at_once_lose_no_line(scratch: Scratch) -> None:
    chat = "n=0; while [ $n -lt 20 ]; do echo line $n; echo aside $n >&2; n=$((n+1)); sleep 0.05; done"
    jobs = scratch.make({"command": ["sh", "-c", chat]}, copies=25)

    assert scratch.worker("--once", "--concurrency", "25").wait(timeout=120) == 0

    for job in jobs:
        assert scratch.log(job, "stdout") == b"".join(b"line %d\n" % n for n in range(20))
        assert scratch.log(job, "stderr") == b"".join(b"aside %d\n" % n for n in range(20))


def test_what_an_attempt_used_over_time_is_stored_with_its_end(scratch: Scratch) -> None:
    scratch.configure(usage_sample_seconds=0.1)
    [job] = scratch.make({"command": ["sh", "-c", "sleep 1.5"]})

    assert scratch.worker("--once").wait(timeout=60) == 0

    [attempt] = scratch.attempts_of(job)
    points = UsageSeries.unpacked(bytes(attempt["usage_series"])).points
    assert len(points) >= 3
    assert points[-1].at_seconds > points[0].at_seconds
    assert all(point.memory_bytes for point in points)
    assert attempt["usage_source"] in {"exact", "sampled"}
    told = json.loads(scratch.manage("show_job", str(job), "--usage", "--json").stdout)["usage"]
    assert len(told[0]["points"]) == len(points)
