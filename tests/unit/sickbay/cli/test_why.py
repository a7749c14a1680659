"""``sickbay diagnose`` where the answer is not plain: its reasons, a tie, and nothing to read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.sickbay.guides.sample import SAMPLE

SICKBAY = [sys.executable, "-m", "sickbay", "diagnose"]

_TIED = SAMPLE.replace("when: gone or exit-3 and not widget-there", "when: gone and not widget-there").replace(
    "when: empty or widget-bytes == 0", "when: gone and widget-there or empty"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project whose guide has two causes for one line, which a look tells apart."""
    (tmp_path / "docs" / "troubleshooting").mkdir(parents=True)
    (tmp_path / "docs" / "troubleshooting" / "widget-missing.md").write_text(_TIED)
    (tmp_path / "job.log").write_text("starting\nwidgetd: cannot open widget.conf\n")
    return tmp_path


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "80"}
    return subprocess.run(
        [*SICKBAY, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_a_tie_names_both_causes_and_the_command_that_would_decide_with_exit_code_3(project: Path) -> None:
    done = _run(project, "job.log")
    assert done.returncode == 3, done.stderr
    for part in ("Inconclusive", "widget-missing", "widget-empty", "test -f widget.conf", "widget-there = true"):
        assert part in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_why_prints_the_reasoning(project: Path) -> None:
    done = _run(project, "job.log", "--why")
    assert "\nWhy\n" in done.stdout
    assert "strong 8: text:2 widgetd: cannot open widget.conf" in " ".join(done.stdout.split())


def test_json_holds_the_reasoning_always(project: Path) -> None:
    report = json.loads(_run(project, "job.log", "--format", "json").stdout)
    assert report["state"] == "inconclusive"
    assert {check["cause"] for check in report["checks"]} == {"widget-missing", "widget-empty"}


def test_why_is_refused_where_it_would_not_be_shown(project: Path) -> None:
    for options in (("--format", "html"), ("--batch", "-")):
        done = _run(project, *options, "--why")
        assert done.returncode == 4
        assert "--why goes with" in done.stderr


def test_an_empty_text_is_not_measured_and_not_well(project: Path) -> None:
    (project / "job.log").write_text("")
    done = _run(project, "job.log")
    assert (done.returncode, done.stdout) == (3, "Not measured: there was nothing to read.\n")
