"""The pages about secrets and files run, and print what they show."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from container_manager.conf import settings_problems

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("page", ["secrets.md", "artifacts.md"])
def test_the_code_of_the_page_runs_and_prints_what_it_shows(db, settings, tmp_path: Path, page: str) -> None:
    settings.MEDIA_ROOT = tmp_path
    text, names, output = (DOCS / page).read_text(), {}, io.StringIO()
    with contextlib.redirect_stdout(output):
        for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
            exec(code, names)
    shown = next(block for block in re.findall(r"```text\n(.*?)```", text, re.DOTALL) if block.startswith("["))
    assert output.getvalue() == shown
    assert settings_problems(names["CONTAINER_MANAGER"]) == []
