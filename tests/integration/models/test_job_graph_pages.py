"""The pages about job graphs and schedules run, and print what they show."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("page", ["job-graphs.md", "schedules.md"])
def test_the_code_of_the_page_runs_and_prints_what_it_shows(db, page) -> None:
    text = (DOCS / page).read_text()
    names: dict[str, object] = {}
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
            exec(code, names)
    shown = [block for block in re.findall(r"```text\n(.*?)```", text, re.DOTALL) if not block.startswith("$ ")]
    assert output.getvalue() == "".join(shown)
