"""The checks of this machine, in the order in which they are shown."""

from __future__ import annotations

from sickbay.checks.check import Check
from sickbay.checks.interpreter import SECONDS, look_at_python
from sickbay.checks.machine_readings import look_at_disks, look_at_memory
from sickbay.checks.socket_readings import ENGINE_SECONDS, look_at_engine, look_at_groups, look_at_socket

#: What a look may take beyond the time that it gives others.
_MARGIN = 1.0

MACHINE_CHECKS: tuple[Check, ...] = (
    Check(id="socket", title="the engine's socket", look=look_at_socket),
    Check(id="groups", title="who may open it", look=look_at_groups),
    Check(id="engine", title="the engine's answer", look=look_at_engine, seconds=ENGINE_SECONDS + _MARGIN),
    Check(id="disk", title="room on disks", look=look_at_disks),
    Check(id="memory", title="memory left", look=look_at_memory),
    Check(id="python", title="the project's Python", look=look_at_python, seconds=SECONDS + _MARGIN),
)
