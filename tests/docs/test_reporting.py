"""The page about reports: its example is run, and says what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from sickbay.reports.excerpts import AROUND, HEAD, MOST_OF_ALL, MOST_OF_ONE, TAIL
from sickbay.reports.formats import ReportFormat

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reporting.md").read_text()


def _block(language: str, containing: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    [found] = [text for text in blocks if containing in text]
    return str(found)


def test_the_example_says_what_the_page_shows(tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    commands = _block("sh", "printf").replace("sickbay report", f"'{sys.executable}' -m sickbay report")
    done = subprocess.run(
        ["sh", "-c", commands], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    told = [line.strip() for line in done.stdout.splitlines()]
    for line in _block("markdown", "disk-full").splitlines():
        assert [each for each in told if each.startswith(line.strip())], line


def test_the_page_names_every_format() -> None:
    assert re.findall(r"^- \*\*(\w+)\*\*: ", PAGE, re.MULTILINE) == [form.value for form in ReportFormat]


def test_the_page_tells_the_caps() -> None:
    assert AROUND == 6
    for cap in (f"last {TAIL} lines", f"first {HEAD}", f"{MOST_OF_ONE:,} characters", f"{MOST_OF_ALL:,} of all"):
        assert cap in PAGE
