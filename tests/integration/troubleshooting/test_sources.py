"""``sickbay diagnose --job ID`` as a user runs it, in a process of its own beside a real database."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of the example project with a fresh database that holds one failed job."""
    state = tmp_path_factory.mktemp("state")
    environment = {**os.environ, "SICKBAY_STATE_DIR": str(state), "DJANGO_SETTINGS_MODULE": "example.settings"}
    script = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.utils import timezone
from container_manager.models import Attempt, ContainerJob, ExecutorHost
host = ExecutorHost.objects.create(name="here")
job = ContainerJob.objects.create_job(image="app:1", command=["nosuch"])
now = timezone.now()
ContainerJob.objects.filter(pk=job.pk).update(status="failed", finished_at=now)
Attempt.objects.create(job=job, host=host, number=1, ended_at=now, exit_code=127, failure_reason="launch_refused",
    failure_message='OCI runtime create failed: exec: "nosuch": executable file not found in $PATH')
"""
    subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, env=environment, check=True)
    del environment["DJANGO_SETTINGS_MODULE"]
    return environment


def _diagnose(*arguments: str, cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sickbay", "diagnose", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_a_job_is_diagnosed_beside_its_manage_py(environment: dict[str, str]) -> None:
    done = _diagnose("--job", "1", "--format", "json", cwd=REPOSITORY / "docs", environment=environment)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["verdicts"][0]["cause"] == "container-command-not-found"


@pytest.mark.parametrize("job", ["99", "one"])
def test_a_job_that_does_not_exist_is_wrong_use(environment: dict[str, str], job: str) -> None:
    done = _diagnose("--job", job, cwd=REPOSITORY, environment=environment)
    assert (done.returncode, done.stdout) == (4, "")
    assert job in done.stderr


def test_without_a_project_it_says_how_to_name_one(environment: dict[str, str], tmp_path: Path) -> None:
    done = _diagnose("--job", "1", cwd=tmp_path, environment=environment)
    assert done.returncode == 3
    assert "manage.py" in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_that_do_not_load_are_told(environment: dict[str, str], tmp_path: Path) -> None:
    broken = {**environment, "DJANGO_SETTINGS_MODULE": "nowhere.settings"}
    done = _diagnose("--job", "1", cwd=tmp_path, environment=broken)
    assert done.returncode == 3
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_without_tables_is_told(environment: dict[str, str], tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")):
        empty = {**environment, "SICKBAY_STATE_DIR": str(tmp_path)}
    done = _diagnose("--job", "1", cwd=REPOSITORY, environment=empty)
    assert done.returncode == 3
    assert "migrate" in done.stderr
