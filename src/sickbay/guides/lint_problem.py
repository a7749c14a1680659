"""What a check of a guide works on and answers with."""

from __future__ import annotations

from dataclasses import dataclass

from sickbay.guides.model import Guide


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """One broken promise."""

    path: str
    line: int
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message} {self.fix}".rstrip()


@dataclass(frozen=True, kw_only=True)
class GuideFile:
    """A guide that could be read, with its text, and the facts that its conditions may speak of."""

    guide: Guide
    text: str
    facts: frozenset[str]

    def line_of(self, *texts: str) -> int:
        """Return the first line that holds one of the texts, 1 where none does."""
        for number, line in enumerate(self.text.splitlines(), start=1):
            if any(text in line for text in texts):
                return number
        return 1

    def line_of_id(self, name: str) -> int:
        """Return the line of the front matter where a signature or a condition begins."""
        return self.line_of(f"- id: {name}", f"- id: '{name}'", f'- id: "{name}"')

    def problem(self, line: int, message: str, fix: str) -> Problem:
        """Return a problem of this guide."""
        return Problem(path=self.guide.path, line=line, message=message, fix=fix)
