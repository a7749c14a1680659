"""What somebody notes in a session may say that it must stop."""

from __future__ import annotations

from dataclasses import replace

from sickbay.cli.guide_library import guides_here
from sickbay.investigation.alarms import Alarms
from sickbay.safety.gate import conditions
from sickbay.safety.stops import Readings
from sickbay.safety.store import OpenSession


def stop_if_alarming(opened: OpenSession, noted: str, readings: Readings) -> bool:
    """Stop a session in which a line with a tagged signature was noted; return whether there is such a line."""
    alarms = Alarms(guides_here())
    alarms.hear(noted)
    if alarms.heard:
        for event in conditions(opened.session, replace(readings, alarms=alarms.heard)):
            opened.record(event)
    return bool(alarms.heard)
