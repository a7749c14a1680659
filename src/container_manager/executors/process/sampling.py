"""What running attempts use now: one pass over the control groups, or over the machine's processes. Blocking."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from container_manager.executors import kernel_files
from container_manager.executors.base import Handle, Sample
from container_manager.executors.process import leftovers, translate
from container_manager.executors.process.directory import AttemptDirectory
from container_manager.executors.process.shim import kernel

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_NANOSECONDS_PER_TICK = 1_000_000_000 // os.sysconf("SC_CLK_TCK")

#: Where ``/proc/PID/stat`` has, behind the name: time of the process and of its children that are over, and memory.
_TIMES = slice(11, 15)
_RESIDENT_PAGES = 21


class Sampler:
    """Samples the attempts below one root. What does not change of an attempt is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._groups: dict[Handle, tuple[str, ...]] = {}
        self._started: dict[Handle, dict[str, str]] = {}

    def sample(self, handles: Collection[Handle]) -> Mapping[Handle, Sample]:
        """Return what those of these attempts use that run. Raises ``OSError``."""
        for known in (self._groups, self._started):
            for gone in known.keys() - set(handles):
                del known[gone]
        running = [handle for handle in handles if self._is_running(handle)]
        grouped = [handle for handle in running if self._groups[handle]]
        figures = {handle: kernel_files.group_sample(self._groups[handle]) for handle in grouped}
        ungrouped = [handle for handle in running if not self._groups[handle]]
        if ungrouped:
            living = kernel.living_processes()
            figures |= {handle: session_sample(self._started[handle], living) for handle in ungrouped}
        samples = {handle: translate.sample_of(found) for handle, found in figures.items()}
        return {handle: sample for handle, sample in samples.items() if sample is not None}

    def _is_running(self, handle: Handle) -> bool:
        if translate.key_of(handle) is None:
            return False
        directory = AttemptDirectory(self._root, handle)
        if not directory.is_held() or directory.outcome():
            return False
        if handle not in self._started:
            started = directory.started()
            if not started:
                return False
            self._started[handle], self._groups[handle] = started, directory.groups()
        return True


def session_sample(started: Mapping[str, str], living: Mapping[int, kernel.ProcessStat]) -> dict[str, int]:
    """Add up what the processes of an attempt's session use. Memory that they share counts for each of them."""
    figures: dict[str, int] = {}
    for pid in leftovers.members_of(started, living):
        text = kernel_files.read_text(f"/proc/{pid}/stat")
        if not text:
            continue
        fields = text[text.rindex(")") + 2 :].split()
        ticks = sum(int(field) for field in fields[_TIMES])
        used = {
            "memory_bytes": int(fields[_RESIDENT_PAGES]) * _PAGE_BYTES,
            "cpu_nanoseconds": ticks * _NANOSECONDS_PER_TICK,
            "pids": 1,
        }
        figures = {name: figures.get(name, 0) + figure for name, figure in used.items()}
    return figures
