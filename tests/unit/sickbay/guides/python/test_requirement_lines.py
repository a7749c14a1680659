"""One line of a requirements file changes, and only the one that is meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sickbay.guides.python import requirement_lines

Change = Callable[[str, str], int]


@pytest.mark.parametrize(
    ("change", "undo", "before", "after"),
    [
        (
            requirement_lines.allow_older,
            requirement_lines.demand_exactly,
            "Big_App[x]==2.0; python_version > '3'",
            "Big_App[x]<=2.0; python_version > '3'",
        ),
        (requirement_lines.unpin, requirement_lines.pin_again, "big.app == 2.0  # why", "big.app  # why"),
        (requirement_lines.double_equals, requirement_lines.single_equals, "big-app=2.0", "big-app==2.0"),
    ],
)
def test_the_line_of_the_package_is_changed_and_taken_back(
    change: Change, undo: Change, before: str, after: str, tmp_path: Path
) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(f"# ours\nother==2.0\n{before}\n")
    assert change(str(file), "big-app") == 0
    assert file.read_text() == f"# ours\nother==2.0\n{after}\n"
    assert undo(str(file), "big-app") == 0
    assert file.read_text() == f"# ours\nother==2.0\n{before}\n"


@pytest.mark.parametrize("text", ["other==2.0\n", "big-app>=2.0\n", "big-app==1.0\nbig-app==2.0\n"])
def test_what_may_mean_something_else_stays(text: str, tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(text)
    assert requirement_lines.unpin(str(file), "big-app") == 1
    assert file.read_text() == text
