"""What the kernel wrote about processes that it killed at a memory limit."""

from __future__ import annotations

import os
import re
from collections.abc import Set
from pathlib import Path
from typing import Final

KERNEL_LOG: Final = Path("/dev/kmsg")

#: One record of ``/dev/kmsg`` fits: a shorter read is refused (the kernel's ``Documentation/ABI/testing/dev-kmsg``).
_RECORD_BYTES: Final = 8192

#: The group whose limit was reached, as the kernel sums up each kill since Linux 4.19.
_KILL: Final = re.compile(rb"\boom-kill:[^\n]*\boom_memcg=([^,\n]*)")


def oom_kills(names: Set[str], log: Path = KERNEL_LOG) -> int | None:
    """Count the kills at the memory limit of a control group, given the names that the last part of its path may have.

    Returns ``None`` where the log tells of none: it may not be readable by this process, its oldest records are
    overwritten, and the kernel writes at most ten such reports in five seconds, so that silence proves nothing.
    """
    found = 0
    for match in _KILL.finditer(_text(log)):
        limited = match[1].decode(errors="replace")
        found += limited.rpartition("/")[2] in names
    return found or None


def _text(log: Path) -> bytes:
    """Return all that the log holds now, without waiting for more."""
    records = []
    try:
        descriptor = os.open(log, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        while True:
            try:
                record = os.read(descriptor, _RECORD_BYTES)
            except BrokenPipeError:
                continue  # what was to come next is overwritten; the next read goes on with the oldest that is left
            except OSError:
                break  # all is read
            if not record:
                break
            records.append(record)
    finally:
        os.close(descriptor)
    return b"".join(records)
