"""The page about the doctor: it names every check, and its own check runs."""

from __future__ import annotations

import json
import os
import re
from datetime import date
from pathlib import Path

from container_manager.troubleshooting.preflight.offered import CHECKS
from sickbay.checks.accepting import HEAD, accepted_in, with_another
from sickbay.checks.machine import MACHINE_CHECKS
from sickbay.safety.outcome import State
from tests.integration.checks.conftest import SQLITE, Project, made_project

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "doctor.md").read_text()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_names_every_check_in_its_order() -> None:
    named = re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE)
    assert named == [check.id for check in (*MACHINE_CHECKS, *CHECKS)]


def test_the_file_of_accepted_problems_is_written_as_shown() -> None:
    [shown] = [block for block in _blocks("toml") if "[[accepted]]" in block]
    [entry] = accepted_in(shown)
    assert entry.until == date(2027, 1, 31)
    assert with_another("", entry) == f"{HEAD}\n{shown}"


def test_no_line_that_is_shown_is_wider_than_80_columns() -> None:
    for block in _blocks("console"):
        lines = [line for line in block.splitlines() if not line.startswith(("$", "sickbay: "))]
        assert max(map(len, lines)) <= 80


def test_a_check_of_one_s_own_runs_in_the_project_s_process(tmp_path: Path) -> None:
    [points] = [block for block in _blocks("toml") if "entry-points" in block]
    offered = _offered_by(tmp_path, points)
    assert (offered["state"], offered["detail"]) == (str(State.FAIL), "The stock list is missing")
    (tmp_path / "project" / "stock.csv").touch()
    assert _offered_by(tmp_path, points)["state"] == str(State.OK)


def _offered_by(folder: Path, points: str) -> dict[str, object]:
    """Run the doctor where a package ``shop`` offers the check of the page."""
    project = made_project(folder / "project", SQLITE)
    [code] = _blocks("python")
    project.write("shop/preflight.py", code)
    project.write("shop-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n")
    [entry] = re.findall(r'^(\w+) = "(.*)"$', points, re.MULTILINE)
    project.write("shop-1.0.dist-info/entry_points.txt", f"[sickbay.checks]\n{entry[0]} = {entry[1]}\n")
    path = os.pathsep.join([str(project.folder), project.environment.get("PYTHONPATH", "")])
    here = Project(folder=project.folder, environment={**project.environment, "PYTHONPATH": path})
    checks = json.loads(here.doctor("--format", "json").stdout)["checks"]
    [found] = [check for check in checks if check["check"] == "stock"]
    return dict(found)
