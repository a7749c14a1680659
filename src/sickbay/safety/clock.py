"""The machine's clock and the names of its starts: the only place of this room that asks what time it is."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from sickbay.safety.budget import Moment

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def moment_now() -> Moment:
    """Return the present moment. The kernel counts it on in sleep; setting the time does not move it."""
    return Moment(boot=_BOOT_ID.read_text().strip(), seconds=time.clock_gettime(time.CLOCK_BOOTTIME))


def wall_time() -> str:
    """Return the time of day for people who read a record; nothing is decided by it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
