"""The page about the queue runs, and prints what it shows."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs/queue.md"


def test_the_code_of_the_page_runs_and_prints_what_it_shows(db, capsys) -> None:
    text, names = PAGE.read_text(), {}
    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(code, names)
    [shown] = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    assert capsys.readouterr().out == shown
