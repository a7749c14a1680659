"""Checking that guides keep their promises. A problem names the file, the line, what is wrong, and the fix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """One broken promise."""

    path: str
    line: int
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message} {self.fix}".rstrip()


def lint_paths(paths: Iterable[Path]) -> list[Problem]:
    """Check guides and folders of guides."""
    return []


def lint_builtin() -> list[Problem]:
    """Check the guides that come with the package."""
    return []
