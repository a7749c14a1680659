"""The page about repairs: what it shows is what the command prints."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from sickbay.cli.app import app
from sickbay.repair.examining import Ending

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "repair.md").read_text()


def _masked(text: str) -> list[str]:
    text = re.sub(r"(where +)\S+:\S+\s+\(", r"\1HOST:FOLDER (", text)  # a long folder has a line of its own
    return re.sub(r"[0-9a-f]{64}", "DIGEST", text).strip().splitlines()


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose name does not fill the line that tells it."""
    with tempfile.TemporaryDirectory(prefix="r-") as folder:
        yield Path(folder)


def _done(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a project whose ``.env`` is a directory."""
    (folder / ".env").mkdir()
    (folder / ".env.example").write_text("PORT=8000\n")
    return subprocess.run(
        [sys.executable, "-m", "sickbay", *command.split()],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_dry_run_prints_what_the_page_shows(short_folder: Path) -> None:
    [shown] = re.findall(r"```console\n\$ sickbay (repair .*?development)\n(.*?)```", PAGE, re.DOTALL)
    done = _done(shown[0], short_folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert _masked(done.stdout) == _masked(shown[1])


def test_the_answer_as_data_begins_as_the_page_shows_and_has_its_keys(short_folder: Path) -> None:
    [shown] = re.findall(r"```console\n\$ sickbay (repair [^\n]*--format json)\n(.*?)…\n```", PAGE, re.DOTALL)
    done = _done(shown[0], short_folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(shown[1])
    report, part = json.loads(done.stdout), PAGE.split("### The answer as data")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \| (.+) \|$", part, re.MULTILINE)
    assert {name for names, _ in rows for name in re.findall(r"\w+", names)} | {"engine"} == set(report)
    [of_plan] = [told for names, told in rows if names == "`plan`"]
    told = set(re.findall(r"`(\w+)`", of_plan)) - {"null", "arguments", "undo"}
    assert told | {"cause", "folder", "guide"} == set(report["plan"])


def test_every_option_is_in_the_table() -> None:
    command = typer.main.get_command(app).commands["repair"]
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    told = set(re.findall(r"^\| `(--[a-z]+)", PAGE, re.MULTILINE))
    assert told == options - {"--help"}


def test_every_outcome_is_in_the_table() -> None:
    outcomes = re.findall(r"^\| ([a-z ,]+) \| ", PAGE.split("### Outcomes")[1].split("## ")[0], re.MULTILINE)
    assert set(outcomes) - {"outcome"} == {str(each) for each in Ending} - {"taken back"}
