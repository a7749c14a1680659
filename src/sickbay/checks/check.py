"""A check, and the place that it looks at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sickbay.checks.finding import Finding

ENTRY_POINTS = "sickbay.checks"
"""The entry points by which other packages hand over checks of a project: a name, and a sequence of :class:`Check`.

They are loaded and run in a process of the project's own interpreter, one after the other and in their order.
"""


@dataclass(frozen=True, kw_only=True)
class Place:
    """What is looked at: the project's folder (without a project, the current one), and the variables of its user."""

    folder: Path
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One question to a machine or a project.

    ``look`` reads and judges, and changes nothing; it may run in a thread beside others. After ``seconds`` nobody waits
    for its answer any more. What it raises is no answer: a ``PermissionError`` for want of a permission, and all else
    because "the look itself broke".
    """

    id: str
    title: str
    look: Callable[[Place], Finding]
    seconds: float = 5.0
