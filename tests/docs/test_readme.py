"""What the README tells a newcomer to type does what it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from container_manager.models import ContainerJob

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
PRINTED = re.compile(r"Active Jobs: \d+\nAvailable Hosts: \d+\n")


def block(language: str, containing: str) -> str:
    """Return the README's code block in which something stands."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    [found] = [text for text in blocks if containing in text]
    return found


def run(command: str, state: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of the README in a shell, in the project's folder, on a state of its own."""
    here = Path(sys.executable).parent
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "example.settings",
        "PATH": f"{here}:{os.environ['PATH']}",
        "SICKBAY_STATE_DIR": str(state),
    }
    return subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("python", ["python", "uv run python"])
def test_the_counts_are_printed_as_shown(python: str, tmp_path: Path) -> None:
    command = block("console", "Active Jobs").removeprefix("$ ").split("\nActive Jobs:")[0]
    command = command.replace(".venv/bin/python", python)
    assert run("python manage.py migrate", tmp_path).returncode == 0

    done = run(command, tmp_path)

    assert done.returncode == 0, done.stderr
    assert PRINTED.search(done.stdout)


@pytest.mark.django_db
def test_the_job_in_the_readme_is_created() -> None:
    exec(block("python", "create_job"), {})

    job = ContainerJob.objects.get()
    assert (job.image, job.memory_limit, job.cpu_limit, job.timeout_seconds) == ("python:3.12", 256, 0.5, 60)


def test_the_diagnosis_is_printed_as_shown(tmp_path: Path) -> None:
    command, _, shown = block("console", "| sickbay diagnose").removeprefix("$ ").partition("\n")

    done = run(command, tmp_path)

    assert [line.rstrip() for line in done.stdout.splitlines()] == shown.splitlines()


def test_every_page_that_is_linked_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", README) if "://" not in link]

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
