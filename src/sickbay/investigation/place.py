"""Where a guide's parts act, and with what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sickbay.investigation.alarms import Alarms


@dataclass(frozen=True, kw_only=True)
class Place:
    """A project's folder, the values of a guide's inputs by name, and the caller's variables.

    What looks gets of the variables only those that the guide names, beside ``PATH``; what acts gets all. ``alarms``
    hear everything that is printed there.
    """

    folder: Path
    values: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    alarms: Alarms = field(default_factory=Alarms, compare=False)
