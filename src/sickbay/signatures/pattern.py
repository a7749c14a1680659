"""A pattern and where it was found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A regular expression that is looked for within single lines."""

    id: str
    expression: str

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression for captures. Raises ``re.error`` where it does not parse."""
        return re.compile(self.expression)


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One place where a pattern was found: line and column from 1, the line, and the named captures."""

    pattern_id: str
    line: int
    column: int
    text: str
    captures: Mapping[str, str] = field(default_factory=dict)
