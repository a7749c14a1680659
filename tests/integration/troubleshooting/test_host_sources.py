"""``sickbay diagnose``, ``report``, and ``bundle --host NAME`` on a real project, with hosts that are well and not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of the example project: a host without an engine, one that is well, one that flapped."""
    state = tmp_path_factory.mktemp("state")
    environment = {**os.environ, "SICKBAY_STATE_DIR": str(state), "DJANGO_SETTINGS_MODULE": "example.settings"}
    script = f"""
import django; django.setup()
from datetime import timedelta
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.utils import timezone
from container_manager.models import ExecutorHost, HostCheck
ExecutorHost.objects.create(name="gone", address="unix://{state}/docker.sock")
ExecutorHost.objects.create(name="well", executor_type="process")
shaky = ExecutorHost.objects.create(
    name="shaky", executor_type="process", held_off_until=timezone.now() + timedelta(days=1))
for name in ("well", "shaky"):
    HostCheck.objects.create(host=ExecutorHost.objects.get(name=name), is_healthy=False,
        detail="Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?")
"""
    subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, env=environment, check=True)
    del environment["DJANGO_SETTINGS_MODULE"]
    return environment


def _diagnose(name: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return _run("diagnose", "--host", name, "--format", "json", environment=environment)


def _run(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sickbay", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


def test_a_host_without_an_engine_is_named_by_its_own_words(environment: dict[str, str]) -> None:
    done = _diagnose("gone", environment)
    assert done.returncode == 1, done.stderr
    verdict = json.loads(done.stdout)["verdicts"][0]
    assert verdict["cause"] == "docker-daemon-not-running"
    assert "health" in {evidence["source"] for evidence in verdict["evidence"]}


def test_a_host_that_is_well_gets_no_verdict_whatever_its_history(environment: dict[str, str]) -> None:
    done = _diagnose("well", environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdicts"] == []


def test_a_host_that_is_held_off_is_explained_by_its_history(environment: dict[str, str]) -> None:
    done = _diagnose("shaky", environment)
    assert done.returncode == 1, done.stderr
    verdict = json.loads(done.stdout)["verdicts"][0]
    assert {evidence["source"] for evidence in verdict["evidence"]} >= {"history"}


def test_a_host_that_does_not_exist_is_wrong_use(environment: dict[str, str]) -> None:
    done = _diagnose("nowhere", environment)
    assert (done.returncode, done.stdout) == (4, "")
    assert "nowhere" in done.stderr


def test_a_host_is_reported_with_its_words_and_the_way_to_ask_it_again(environment: dict[str, str]) -> None:
    done = _run("report", "--host", "gone", environment=environment)
    assert done.returncode == 1, done.stderr
    assert "docker-daemon-not-running" in done.stdout
    assert "### `health` of `host gone`" in done.stdout
    assert "sickbay diagnose --host gone" in done.stdout


def test_a_host_is_bundled_and_diagnosed_elsewhere_with_the_same_verdict(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file = str(tmp_path / "host.zip")
    done = _run("bundle", "--host", "gone", "--no-doctor", "--yes", "--output", file, environment=environment)
    assert done.returncode == 0, done.stderr
    again = _run("diagnose", file, "--format", "json", environment=environment)
    assert again.returncode == 1, again.stderr
    assert json.loads(again.stdout)["verdicts"][0]["cause"] == "docker-daemon-not-running"


@pytest.mark.parametrize("command", ["report", "bundle"])
def test_a_job_and_a_host_at_once_are_wrong_use(command: str, environment: dict[str, str]) -> None:
    done = _run(command, "--job", "1", "--host", "gone", environment=environment)
    assert (done.returncode, done.stdout) == (4, "")
    assert "--job and --host exclude each other" in done.stderr
