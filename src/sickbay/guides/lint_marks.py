"""What was begun and not written yet: the marks of a new guide's template."""

from __future__ import annotations

from collections.abc import Iterator

from sickbay.guides.lint_problem import GuideFile, Problem
from sickbay.guides.template import MARK


def check_marks(file: GuideFile) -> Iterator[Problem]:
    """Name every line that still waits to be filled in."""
    for number, line in enumerate(file.text.splitlines(), start=1):
        if MARK in line:
            yield file.problem(number, f"Not filled in yet: {line.strip()}", "Write it, and take the mark out.")
