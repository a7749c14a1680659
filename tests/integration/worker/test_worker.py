"""A whole worker, as its users start it, on real processes of this machine."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.crash.scratch import PROJECT, Scratch


def test_once_works_off_what_is_pending_and_tells_of_each_job(scratch: Scratch) -> None:
    good, bad, missing = scratch.make(
        {"command": ["sh", "-c", "echo fine"], "name": "good"},
        {"command": ["sh", "-c", "echo no >&2; exit 3"]},
        {"command": ["no-such-program"]},
    )

    worker = scratch.worker("--once", "--concurrency", "1")
    assert worker.wait(timeout=60) == 0

    assert [scratch.job(job)["status"] for job in (good, bad, missing)] == ["completed", "failed", "failed"]
    assert (scratch.log(good, "stdout"), scratch.log(bad, "stderr")) == (b"fine\n", b"no\n")
    assert scratch.attempts_of(missing)[0]["failure_reason"] == "launch_refused"
    assert "no-such-program" in scratch.attempts_of(missing)[0]["failure_message"]
    assert f"job {good} good completed" in scratch.said(worker)
    assert f"job {bad} failed (exit_code): exit code 3" in scratch.said(worker)
    diagnosed = scratch.rows(
        "select a.job_id from container_manager_diagnosis d join container_manager_attempt a on a.id = d.attempt_id"
    )
    assert sorted(row["job_id"] for row in diagnosed) == [bad, missing]
    assert scratch.events(good) == ["submitted", "claimed", "started", "ended"]


def test_what_a_stubborn_program_runs_over_is_its_time_limit(scratch: Scratch) -> None:
    command = ["sh", "-c", "trap '' TERM; echo begun; while true; do sleep 0.1; done"]
    [job] = scratch.make({"command": command, "timeout_seconds": 0.5, "stop_grace_seconds": 0.5})

    assert scratch.worker("--once").wait(timeout=60) == 0

    [attempt] = scratch.attempts_of(job)
    assert (scratch.job(job)["status"], attempt["failure_reason"], attempt["exit_code"]) == ("timeout", "timeout", 137)
    assert scratch.log(job, "stdout") == b"begun\n"


def test_a_program_that_ends_well_when_it_is_stopped_for_a_cancellation_is_cancelled(scratch: Scratch) -> None:
    command = ["sh", "-c", "trap 'exit 0' TERM; echo begun; while true; do sleep 0.1; done"]
    [job] = scratch.make({"command": command, "environment": _marked(scratch)})
    worker = scratch.worker()
    scratch.wait_until(lambda: scratch.log(job, "stdout"), "it runs")

    assert scratch.manage("cancel_job", str(job)).returncode == 0
    scratch.wait_until_cleared(job)

    assert scratch.end(worker) == 0
    assert (scratch.job(job)["status"], scratch.attempts_of(job)[0]["failure_reason"]) == ("cancelled", "cancelled")
    assert not scratch.running_attempts()


def test_a_program_that_crashes_ended_by_its_signal(scratch: Scratch) -> None:
    [job] = scratch.make({"command": ["sh", "-c", "kill -SEGV $$"]})

    assert scratch.worker("--once").wait(timeout=60) == 0

    [attempt] = scratch.attempts_of(job)
    assert (attempt["failure_reason"], attempt["signal"], attempt["exit_code"]) == ("signal", 11, 139)


def test_declared_secrets_are_in_no_stored_byte(scratch: Scratch) -> None:
    secret = "correct-horse-battery-staple"
    script = f"printf %s {secret[:9]}; sleep 0.3; echo {secret[9:]}; echo $PHRASE >&2"
    [job] = scratch.make(
        {"command": ["sh", "-c", script], "environment": {"PHRASE": secret}, "secret_names": ["PHRASE"]}
    )

    assert scratch.worker("--once").wait(timeout=60) == 0

    both = scratch.log(job, "stdout") + scratch.log(job, "stderr")
    assert secret.encode() not in both
    assert both.count(b"[secret:PHRASE]") == 2


def test_fifty_megabytes_in_one_line_keep_head_and_tail_and_leave_the_worker_small(scratch: Scratch) -> None:
    megabytes = 50
    script = f"printf HEAD; head -c {megabytes}M /dev/zero | tr '\\0' x; printf TAIL"
    [job] = scratch.make({"command": ["sh", "-c", script]})
    worker = scratch.worker()
    scratch.wait_until(lambda: scratch.log(job, "stdout"), "the first output is stored")
    before = _memory_mb(worker)
    scratch.wait_until_cleared(job)

    grown = _memory_mb(worker) - before
    assert scratch.end(worker) == 0
    [attempt] = scratch.attempts_of(job)
    stored = scratch.log(job, "stdout")
    cap = 16 * 1024 * 1024
    assert attempt["stdout_bytes"] == megabytes * 1024 * 1024 + 8
    assert cap - 64 * 1024 <= len(stored) <= cap
    assert stored.startswith(b"HEADx")
    assert stored.endswith(b"xTAIL")
    assert _gap(scratch, job) == attempt["stdout_bytes"] - len(stored)
    assert grown < 30


def test_a_host_that_never_answers_holds_up_no_other_hosts_jobs(scratch: Scratch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen:  # accepts, and never says a word
        address = f"tcp://127.0.0.1:{frozen.getsockname()[1]}"
        scratch.make(host={"name": "frozen", "executor_type": "docker", "address": address})
        stuck, fine = scratch.make({"command": ["true"], "host": "frozen"}, {"command": ["true"]})
        worker = scratch.worker()

        scratch.wait_until_cleared(fine)

        assert scratch.job(stuck)["status"] == "pending"
        assert scratch.job(fine)["status"] == "completed"
        assert scratch.end(worker) == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["any", "--", "sh", "-c", "echo out; echo err >&2; exit 5"], 5),
        (["any", "--", "sh", "-c", "echo out; echo err >&2"], 0),
        (["any", "--timeout", "0.5", "--", "sh", "-c", "echo out; echo err >&2; sleep 30"], 124),
    ],
)
def test_run_job_shows_both_streams_and_exits_with_the_jobs_code(
    scratch: Scratch, arguments: list[str], code: int
) -> None:
    scratch.make()

    done = scratch.manage("run_job", "--host", "here", *arguments)

    assert (done.returncode, done.stdout) == (code, b"out\n")
    assert done.stderr.startswith(b"err\n")
    assert (b"failed" in done.stderr or b"time limit" in done.stderr) is bool(code)


def test_run_job_exits_with_127_where_the_command_is_missing(scratch: Scratch) -> None:
    scratch.make()

    done = scratch.manage("run_job", "--host", "here", "any", "--", "no-such-program")

    assert done.returncode == 127
    assert b"sickbay guide show" in done.stderr


def test_run_job_takes_every_field_of_a_job(scratch: Scratch) -> None:
    scratch.make()
    again = 'retry={"max_attempts": 2, "exit_codes": [5], "backoff_seconds": 0}'

    done = scratch.manage(
        "run_job", "--host", "here", "--field", again, "--field", "queue=night", "any", "--", "sh", "-c", "exit 5"
    )

    assert done.returncode == 5
    [job] = scratch.rows("select id, queue from container_manager_containerjob")
    assert job["queue"] == "night"
    assert len(scratch.attempts_of(job["id"])) == 2


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("colour=blue", b"colour: is no field of a job"),
        ("name=other", b"the command gives name in another way already"),
        ("retry", b"--field takes NAME=VALUE"),
        ("priority=high", b"priority"),
    ],
)
def test_run_job_says_which_field_is_wrong(scratch: Scratch, field: str, said: bytes) -> None:
    scratch.make()

    done = scratch.manage("run_job", "--host", "here", "--name", "one", "--field", field, "any", "--", "true")

    assert done.returncode == 125
    assert said in done.stderr


def test_without_an_engine_run_job_takes_plain_processes_and_says_so(scratch: Scratch) -> None:
    assert scratch.manage("migrate").returncode == 0
    scratch.environment["DOCKER_HOST"] = f"unix://{scratch.folder}/none.sock"

    done = scratch.manage("run_job", "any", "--", "sh", "-c", "echo out; exit 3")

    assert (done.returncode, done.stdout) == (3, b"out\n")
    assert b"as a plain process: no Docker engine answers" in done.stderr


def test_run_job_names_every_wrong_option(scratch: Scratch) -> None:
    scratch.make()

    done = scratch.manage(
        "run_job", "--host", "here", "any", "--memory", "1", "--workdir", "not/absolute", "--", "true"
    )

    assert done.returncode == 125
    assert b"memory_limit" in done.stderr
    assert b"working_directory" in done.stderr


def test_run_job_takes_secret_values_from_its_environment_and_never_from_its_arguments(scratch: Scratch) -> None:
    scratch.make()
    scratch.environment["PHRASE"] = "correct-horse-battery-staple"
    asked = ["any", "--", "sh", "-c", "echo $PHRASE"]

    taken = scratch.manage("run_job", "--host", "here", "--secret-env", "PHRASE", *asked)
    given = scratch.manage("run_job", "--host", "here", "--secret-env", "PHRASE=on-the-command-line", *asked)
    missing = scratch.manage("run_job", "--host", "here", "--secret-env", "PHRASES", *asked)

    assert taken.stdout == b"[secret:PHRASE]\n"
    assert given.returncode == missing.returncode == 125
    assert b"on-the-command-line" not in given.stdout + given.stderr
    assert b"there is no such variable here" in missing.stderr


def test_control_c_ends_what_run_job_runs_here(scratch: Scratch) -> None:
    scratch.make()
    script = "trap 'echo stopped; exit 0' TERM; echo begun; while true; do sleep 0.1; done"
    runner = subprocess.Popen(
        [sys.executable, "manage.py", "run_job", "--env", f"SCRATCH={scratch.folder}", "any", "--", "sh", "-c", script],
        cwd=PROJECT,
        env=scratch.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert runner.stdout is not None
    assert runner.stdout.readline() == b"begun\n"
    assert scratch.running_attempts()

    runner.send_signal(signal.SIGINT)
    out, said = runner.communicate(timeout=60)

    assert (runner.returncode, out) == (130, b"stopped\n"), said
    assert scratch.job(1)["status"] == "cancelled"
    assert not scratch.running_attempts()


def test_cleanup_removes_what_is_unknown_and_spares_what_goes_on(scratch: Scratch) -> None:
    gone, going_on = scratch.make(*[{"command": ["sleep", "60"], "environment": _marked(scratch)}] * 2)
    worker = scratch.worker()
    both = [gone, going_on]
    scratch.wait_until(lambda: all(scratch.job(job)["status"] == "running" for job in both), "both run")
    scratch.end(worker)
    scratch.forget(gone)

    name = f"sickbay-{scratch.installation}-{gone}-1"
    young = scratch.manage("cleanup_containers")
    looked = scratch.manage("cleanup_containers", "--grace", "0", "--dry-run")
    cleaned = scratch.manage("cleanup_containers", "--grace", "0")

    assert young.stdout == b"0 removed\n"
    assert f"{name} would be removed: unknown to the database".encode() in looked.stdout
    assert f"{name} removed: unknown to the database".encode() in cleaned.stdout
    left = [path.name for path in scratch.attempts.glob("sickbay-*")]
    assert left == [f"sickbay-{scratch.installation}-{going_on}-1"]


def test_check_hosts_tells_the_well_from_the_sick(scratch: Scratch) -> None:
    scratch.make()
    assert scratch.manage("check_hosts").returncode == 0
    scratch.make(host={"name": "nowhere", "executor_type": "docker", "address": "tcp://127.0.0.1:1"})

    done = scratch.manage("check_hosts")

    assert done.returncode == 1
    assert re.search(rb"here +process +well", done.stdout)
    assert re.search(rb"nowhere +docker +not well", done.stdout)
    assert b"sickbay guide show" in done.stdout
    health = {row["name"]: row["is_healthy"] for row in scratch.rows("select * from container_manager_executorhost")}
    assert health == {"here": 1, "nowhere": 0}


def _marked(scratch: Scratch) -> dict[str, str]:
    return {"SCRATCH": str(scratch.folder)}


def _memory_mb(worker: "subprocess.Popen[bytes]") -> float:
    pages = int(Path(f"/proc/{worker.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def _gap(scratch: Scratch, job: int) -> int:
    rows: list[dict[str, Any]] = scratch.rows(
        'select "offset", size from container_manager_logchunk c'
        " join container_manager_attempt a on a.id = c.attempt_id where a.job_id = ? order by position",
        job,
    )
    ends = [0, *(row["offset"] + row["size"] for row in rows)]
    gaps = [row["offset"] - end for row, end in zip(rows, ends, strict=False)]
    assert len([gap for gap in gaps if gap]) <= 1
    return sum(gaps)
