"""``sickbay diagnose --machine`` as a user runs it, on real projects."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.integration.checks.conftest import Project
from tests.integration.checks.test_doctor import _READY, HOSTS, WORKERS


def _diagnose(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    return project.run("-m", "sickbay", "diagnose", "--machine", *arguments)


def test_what_a_check_finds_is_a_verdict_and_what_follows_is_not_measured(project: Project) -> None:
    (project.folder / "shop" / "settings.py").write_text("import of_no_package\n")
    done = _diagnose(project, "--format", "json")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    verdict = next(verdict for verdict in report["verdicts"] if verdict["evidence"][0]["source"] == "settings")
    assert verdict["certainty"] == "confirmed"
    assert verdict["guide"]
    assert any("of_no_package" in evidence["text"] for evidence in verdict["evidence"])
    silent = {check["check"]: check["state"] for check in report["unanswered"]}
    assert silent["migrations"] == "not measured"


def test_looks_are_run_of_the_guides_that_the_findings_name(project: Project) -> None:
    (project.folder / "shop" / "settings.py").write_text("import of_no_package\n")
    done = _diagnose(project, "--look", "--folder", str(project.folder))
    assert done.returncode == 1, done.stderr
    assert "Looked, and changed nothing" in done.stdout
    assert "NOT MEASURED" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.docker
def test_a_project_and_a_machine_that_are_well_get_no_verdict(project: Project) -> None:
    project.doctor(*WORKERS)
    project.doctor(*HOSTS)
    project.manage("shell", "-c", _READY)
    done = _diagnose(project, "--format", "json")
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    assert (report["state"], report["verdicts"], report["unanswered"]) == ("ok", [], [])


def test_it_goes_with_no_text_and_no_such_format(tmp_path: Path, project: Project) -> None:
    for arguments in (("job.log",), ("--why",), ("--format", "html"), ("--folder", str(tmp_path / "nowhere"))):
        done = _diagnose(project, *arguments)
        assert (done.returncode, done.stdout) == (4, ""), arguments
