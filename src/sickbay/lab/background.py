"""What scripts leave running: found by a variable that every process of one proof inherits, and ended with it."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path


def end_processes_with(variable: str, value: str) -> None:
    """Kill every process of this user whose environment began with ``variable=value``, but not this one."""
    wanted = f"{variable}={value}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        if int(folder.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)
