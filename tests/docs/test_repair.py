"""The page about repairs: what it shows is what the command prints."""

from __future__ import annotations

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


def test_the_dry_run_prints_what_the_page_shows(short_folder: Path) -> None:
    [shown] = re.findall(r"```console\n\$ sickbay (repair .*?development)\n(.*?)```", PAGE, re.DOTALL)
    (short_folder / ".env").mkdir()
    (short_folder / ".env.example").write_text("PORT=8000\n")
    done = subprocess.run(
        [sys.executable, "-m", "sickbay", *shown[0].split()],
        cwd=short_folder,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert _masked(done.stdout) == _masked(shown[1])


def test_every_option_is_in_the_table() -> None:
    command = typer.main.get_command(app).commands["repair"]
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    told = set(re.findall(r"^\| `(--[a-z]+)", PAGE, re.MULTILINE))
    assert told == options - {"--help"}


def test_every_outcome_is_in_the_table() -> None:
    outcomes = re.findall(r"^\| ([a-z ,]+) \| ", PAGE.split("### Outcomes")[1].split("## ")[0], re.MULTILINE)
    assert set(outcomes) - {"outcome"} == {str(each) for each in Ending} - {"taken back"}
