"""The page about diagnosing: its examples are run, and say what the page shows; its figures are those of the code."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from sickbay.diagnosis.certainty import MARGIN
from sickbay.diagnosis.competition import LATER
from sickbay.diagnosis.verdict import Standing
from sickbay.diagnosis.weighing import STRENGTHS
from sickbay.safety.outcome import State

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "diagnosing.md").read_text()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("containing", ["What would decide", "--why", "--look"])
def test_an_example_prints_what_the_page_shows(containing: str, tmp_path: Path) -> None:
    (example,) = [block for block in _blocks("console") if containing in block]
    command, _, shown = example.removeprefix("$ ").partition("\n")
    (log,) = [block for block in _blocks("text") if block.startswith("open .env")]
    (tmp_path / "env.log").write_text(log)
    command = command.replace("sickbay", f"{shlex.quote(sys.executable)} -m sickbay", 1)
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == shown


def test_the_page_tells_the_figures_of_the_code() -> None:
    assert dict(STRENGTHS) == {"strong": 8, "medium": 4, "weak": 1}
    assert "strong (8), medium (4), or weak (1)" in PAGE
    assert LATER == 0.8
    assert "(0.8 if something unexplained came before it)" in PAGE
    assert MARGIN == 0.1
    assert "ahead by a tenth of its score" in PAGE


def test_the_page_names_every_state_and_every_standing() -> None:
    for word in (*State, *Standing):
        assert f"`{word}`" in PAGE
