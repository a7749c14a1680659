"""What a bundle holds, as plain values."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sickbay.facts.model import FactValue
from sickbay.reports.json_report import Report

FORMAT = 1
"""The version of the archive's layout."""

MOST_OF_ONE = 2 * 1024 * 1024
"""Most bytes that are kept of one text: half of them of its beginning, half of its end, and what is around evidence."""

MOST_OF_ALL = 16 * 1024 * 1024
"""Most bytes that are kept of all texts together."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that was collected: when, how long it took, and what came of it (``ok``, or why it is not there)."""

    name: str
    began: datetime.datetime
    seconds: float
    outcome: str


@dataclass(frozen=True, kw_only=True)
class BundledText:
    """A text without secrets. Where lines were left out there are empty ones, so that all others keep their numbers.

    ``diagnosed`` says whether the verdicts rest on it; others were added for people.
    """

    name: str
    data: bytes
    line_count: int
    lines_left_out: int
    diagnosed: bool = True


@dataclass(frozen=True, kw_only=True)
class BundledFact:
    """A fact without secrets."""

    name: str
    value: FactValue
    source: str


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A case, ready to be given away: nothing in it is to be hidden any more."""

    made: datetime.datetime
    version: str
    origin: str
    steps: tuple[Step, ...]
    facts: tuple[BundledFact, ...]
    texts: tuple[BundledText, ...]
    environment: Mapping[str, str]
    variables: tuple[str, ...]
    report: Report
    """The diagnosis as it was when the bundle was made."""
    doctor: Mapping[str, Any] | None = None
    """What a preflight found where the bundle was made, as ``sickbay doctor --format json`` prints it."""
