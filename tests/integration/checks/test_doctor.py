"""``sickbay doctor`` as a user runs it."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sickbay.checks.accepting import FILE
from tests.integration.checks.conftest import PATIENCE, Project, listening, stopped

UNTIL = str(datetime.now(UTC).date() + timedelta(days=30))
WORKERS = ("--accept", "workers", "--until", UNTIL, "--reason", "jobs are run by hand here")
HOSTS = ("--accept", "hosts", "--until", UNTIL, "--reason", "none yet")


@pytest.mark.docker
def test_a_healthy_installation_prints_one_line(project: Project) -> None:
    project.doctor(*WORKERS)
    accepted = project.doctor(*HOSTS)
    assert accepted.returncode == 0, accepted.stdout
    project.manage("shell", "-c", _READY)
    done = project.doctor()
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"Healthy: 12 checks in \d+\.\d s\.\n", done.stdout)


_READY = """
from container_manager.models import ExecutorHost, Worker
Worker.objects.create(name="w", hostname="here", pid=1, concurrency=1)
ExecutorHost.objects.create(name="local")
"""


def test_a_problem_is_exit_code_1_and_read_within_80_columns(project: Project) -> None:
    (project.folder / "shop" / "settings.py").write_text("import of_no_package\n")
    done = project.doctor("--why")
    assert done.returncode == 1
    assert "PROBLEM settings: Django does not start with shop.settings" in done.stdout
    assert "system-checks, database, migrations, workers, hosts: not measured" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_an_engine_that_hangs_is_exit_code_3_and_the_rest_is_reported(tmp_path: Path, socket_path: Path) -> None:
    environment = {**os.environ, "DOCKER_HOST": f"unix://{socket_path}"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    with listening(socket_path) as engine, stopped(engine):
        done = subprocess.run(
            [sys.executable, "-m", "sickbay", "doctor", "--format", "json"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    report = json.loads(done.stdout)
    states = {check["check"]: check["state"] for check in report["checks"]}
    assert done.returncode == report["exit_code"] == 3
    assert states.pop("engine") == "not measured"
    assert set(states.values()) == {"ok"}


def test_an_engine_that_was_killed_is_exit_code_1_and_nothing_else_is_said_to_fail(
    tmp_path: Path, socket_path: Path
) -> None:
    environment = {**os.environ, "DOCKER_HOST": f"unix://{socket_path}"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    with listening(socket_path):
        pass
    command = [sys.executable, "-m", "sickbay", "doctor", "--format", "json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False, timeout=PATIENCE)
    failed = [check["check"] for check in json.loads(done.stdout)["checks"] if check["state"] != "ok"]
    assert (done.returncode, failed) == (1, ["engine"])


def test_a_known_problem_is_accepted_shown_with_its_day_and_not_counted(project: Project) -> None:
    before = json.loads(project.doctor("--format", "json").stdout)
    assert before["warnings"] == 2
    project.doctor(*WORKERS)
    done = project.doctor("--format", "json")
    report = json.loads(done.stdout)
    assert (report["warnings"], report["accepted"]) == (1, 1)
    [workers] = [check for check in report["checks"] if check["check"] == "workers"]
    assert workers["accepted"] == {
        "in_force": True,
        "until": UNTIL,
        "reason": "jobs are run by hand here",
        "why_not": "",
    }
    assert f"until = {UNTIL}" in (project.folder / FILE).read_text()


def test_an_acceptance_that_is_over_counts_no_more(project: Project) -> None:
    project.doctor(*WORKERS)
    path = project.folder / FILE
    path.write_text(path.read_text().replace(UNTIL, "2026-01-31"))
    done = project.doctor()
    assert done.returncode != 0
    assert "was accepted until 2026-01-31, which is over" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--accept", "workers"), "belong together"),
        (("--accept", "workers", "--until", "soon", "--reason", "x"), "2027-01-31"),
        (("--accept", "workers", "--until", "2020-01-01", "--reason", "x"), "is over"),
        (("--accept", "workers", "--until", "2999-01-01", "--reason", "x"), "more than a year away"),
        (("--accept", "nothing", "--until", UNTIL, "--reason", "x"), "There is no check 'nothing'"),
        (("--accept", "memory", "--until", UNTIL, "--reason", "x"), "there is nothing to accept"),
    ],
)
def test_a_wrong_acceptance_is_wrong_use_and_writes_nothing(
    project: Project, arguments: tuple[str, ...], said: str
) -> None:
    done = project.doctor(*arguments)
    assert (done.returncode, done.stdout) == (4, "")
    assert said in done.stderr
    assert not (project.folder / FILE).exists()


def test_a_file_of_acceptances_that_is_damaged_is_told_and_never_written_over(project: Project) -> None:
    (project.folder / FILE).write_text("[[accepted]]\ncheck = 1\n")
    done = project.doctor()
    assert "WARNING accepted" in done.stdout
    refused = project.doctor(*WORKERS)
    assert (refused.returncode, "is left as it is" in refused.stderr) == (1, True)
    assert (project.folder / FILE).read_text() == "[[accepted]]\ncheck = 1\n"


def test_progress_is_shown_on_a_terminal_alone(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "sickbay", "doctor"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=theirs) as running:
        os.close(theirs)
        shown = b""
        while data := _read(ours):
            shown += data
        assert running.stdout is not None
        told = running.stdout.read()
    os.close(ours)
    assert b"Looking" in shown
    assert b"waiting for" in shown
    assert b"Looking" not in told
    assert b"\x1b" not in told


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the other end is closed
        return b""
