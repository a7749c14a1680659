"""What is wrong with a job request, gathered field by field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, kw_only=True)
class FieldProblem:
    """One wrong field: what is wrong, and what would be right."""

    field: str
    message: str
    fix: str


class InvalidJobError(ValueError):
    """A job request has wrong fields. ``problems`` has one entry for each."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{p.field}: {p.message} {p.fix}" for p in self.problems))


class Problems:
    """Gathers the problems of one request, so that all of them are told at once."""

    def __init__(self) -> None:
        self._found: list[FieldProblem] = []

    def add(self, field: str, message: str, fix: str) -> None:
        """Note one wrong field."""
        self._found.append(FieldProblem(field=field, message=message, fix=fix))

    def raise_if_any(self) -> None:
        """Raise :class:`InvalidJobError` if anything was noted."""
        if self._found:
            raise InvalidJobError(self._found)


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str) -> str:
    """Return a question naming the nearest known word, or ``otherwise`` where none is near."""
    near = get_close_matches(word, sorted(known), n=1)
    return f"Did you mean {near[0]!r}?" if near else otherwise
