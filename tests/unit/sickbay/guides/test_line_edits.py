"""The one line that is meant is changed; where none is, or several are, nothing is."""

from __future__ import annotations

import pytest

from sickbay.guides.kept_file import CannotChangeError
from sickbay.guides.line_edits import one_line


def _more(line: str) -> str | None:
    return line.replace("=2", "=4") if line.startswith("B") else None


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("A=1\nB=2\nC=3\n", "A=1\nB=4\nC=3\n"),
        ("B=2", "B=4"),
        ("A=1\nB=2\r\n", "A=1\nB=4\r\n"),
        ("B=2\nB=3\n", "B=4\nB=3\n"),
    ],
)
def test_one_line_is_changed(text: str, new: str) -> None:
    assert one_line(_more, "there is none")(text) == new


@pytest.mark.parametrize(("text", "why"), [("A=1\n", "there is none"), ("B=3\n", "none"), ("B=2\nB=2\n", "several")])
def test_nothing_is_changed_where_it_is_not_clear_what(text: str, why: str) -> None:
    with pytest.raises(CannotChangeError, match=why):
        one_line(_more, "there is none")(text)
