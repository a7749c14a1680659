"""Ending what a shim left behind that was killed before it could. Blocking, for a thread.

A number of a process says nothing once the process is gone, for it is given out again; so nothing is signaled here
that is not ours by more than its number: by its control group, or by number, time of start, and run of the machine.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping

from container_manager.executors.process.directory import AttemptDirectory
from container_manager.executors.process.shim import kernel

_SECONDS = 10.0


def end_leftovers(directory: AttemptDirectory) -> None:
    """Kill what is alive of an attempt whose shim is not, and return when it is gone (or hangs in the kernel)."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        in_groups = kernel.kill_groups(directory.groups())
        if not _kill_session(directory.started()) and not in_groups:
            return
        time.sleep(0.01)


def end_shim(directory: AttemptDirectory) -> None:
    """Kill the shim itself, where it does not heed requests."""
    started = directory.started()
    if is_same_boot(started):
        kill_exactly(int(started["shim_pid"]), int(started["shim_started"]))


def is_same_boot(started: Mapping[str, str]) -> bool:
    """Whether the machine has not been restarted since this record of a start."""
    return bool(started) and started["boot_id"] == kernel.boot_id()


def members_of(started: Mapping[str, str], living: Mapping[int, kernel.ProcessStat]) -> dict[int, int]:
    """Return those of the living processes that belong to the session of this start, each with its time of start."""
    leader, leader_started = int(started["pid"]), int(started["pid_started"])
    now = living.get(leader)
    if now is not None and now.started != leader_started:
        return {}  # the number was given out again: its session is somebody else's
    return {
        pid: stat.started for pid, stat in living.items() if stat.session == leader and stat.started >= leader_started
    }


def kill_exactly(pid: int, started: int) -> None:
    """Kill this process if it is still the one that started then."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        stat = kernel.process_stat(pid)  # read with the process held: from here on the number cannot change hands
        if stat is not None and stat.started == started:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        os.close(descriptor)


def _kill_session(started: Mapping[str, str]) -> bool:
    if not is_same_boot(started):
        return False
    members = members_of(started, kernel.living_processes())
    for pid, since in members.items():
        kill_exactly(pid, since)
    return bool(members)
