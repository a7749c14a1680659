"""The page about jobs runs, prints what it shows, and lists what there is."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import asdict
from pathlib import Path

from container_manager.conf import AppSettings
from container_manager.lifecycle.status import FailureReason, Status
from container_manager.request.job_request import JobRequestFields
from example import settings as example_settings

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/jobs.md").read_text()


def test_the_code_of_the_page_runs_and_prints_what_it_shows(db) -> None:
    names: dict[str, object] = {}
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
            exec(code, names)
    shown = next(block for block in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL) if block.startswith("env:"))
    assert output.getvalue() == shown
    assert names["CONTAINER_MANAGER"] == asdict(AppSettings())
    assert names["DATABASES"]["default"]["OPTIONS"] == example_settings.DATABASES["default"]["OPTIONS"]


def test_every_argument_of_a_job_has_a_line() -> None:
    lines = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert sorted(lines) == sorted([*JobRequestFields.__annotations__, "host"])


def test_every_status_reason_and_check_is_named() -> None:
    checks = set(
        re.findall(r'"(container_manager\.[EW]\d{3})"', (ROOT / "src/container_manager/checks.py").read_text())
    )
    assert set(re.findall(r"^\| `(container_manager\.\w+)`", PAGE, re.MULTILINE)) == checks
    for word in (*Status, *FailureReason):
        assert re.search(rf"\b{word.value}\b", PAGE), word
