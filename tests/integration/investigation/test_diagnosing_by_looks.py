"""``sickbay diagnose --look`` as a user runs it: looks decide what a text leaves open, and nothing runs unasked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.sickbay.guides.sample import SAMPLE

SICK = "open .env: is a directory\n"


def _diagnose(folder: Path, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sickbay", "diagnose", *arguments]
    environment = {**os.environ, "COLUMNS": "80"}
    return subprocess.run(
        command, cwd=folder, env=environment, input=given, capture_output=True, text=True, check=False
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project" / ".env").mkdir(parents=True)
    (tmp_path / "job.log").write_text(SICK)
    return tmp_path


def test_a_look_confirms_what_a_line_made_likely(project: Path) -> None:
    done = _diagnose(project, "job.log", "--look", "--folder", "project", "--format", "json")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert (report["verdicts"][0]["cause"], report["verdicts"][0]["certainty"]) == (
        "env-file-is-directory",
        "confirmed",
    )
    kind = next(look for look in report["looks"] if look["probe"] == "kind")
    assert (kind["guide"], kind["state"], kind["facts"]) == ("env-file-is-directory", "ok", {"env-is-directory": True})
    assert list((project / "project").iterdir()) == [project / "project" / ".env"]


def test_a_look_rules_out_what_is_not_so_here(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\n")
    done = _diagnose(tmp_path, "--look", given="cat: read error: Is a directory\n")
    assert done.returncode == 0, done.stdout
    assert "env-is-directory = false" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_without_the_option_nothing_is_looked_at(project: Path) -> None:
    done = _diagnose(project / "project", "../job.log", "--format", "json")
    report = json.loads(done.stdout)
    assert "looks" not in report
    assert report["verdicts"][0]["certainty"] == "likely"


def test_only_guides_that_compete_are_asked(tmp_path: Path) -> None:
    done = _diagnose(tmp_path, "--look", given="all is well\n")
    assert done.returncode == 0
    assert "No guide that competes has a look." in done.stdout


def test_a_look_that_lacks_an_input_is_told_as_not_measured(project: Path) -> None:
    guides = project / "docs" / "troubleshooting"
    guides.mkdir(parents=True)
    (guides / "widget-missing.md").write_text(SAMPLE)
    done = _diagnose(project, "--look", given="widgetd: cannot open widget.conf\n")
    assert "NOT MEASURED (refused): the input TOKEN has no value" in " ".join(done.stdout.split()), done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("job.log", "--folder", "project"), "--folder"),
        (("--look", "--batch", "cases.jsonl"), "--look"),
        (("job.log", "--look", "--folder", "nowhere"), "nowhere"),
        (("case.zip", "--look"), "bundle"),
    ],
)
def test_what_makes_no_sense_is_wrong_use(project: Path, arguments: tuple[str, ...], complaint: str) -> None:
    if "case.zip" in arguments:
        command = [sys.executable, "-m", "sickbay", "bundle", "job.log", "--yes", "--output", "case.zip"]
        subprocess.run(command, cwd=project, check=True, capture_output=True)
    done = _diagnose(project, *arguments)
    assert (done.returncode, done.stdout) == (4, "")
    assert complaint in done.stderr
