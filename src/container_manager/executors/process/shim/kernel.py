"""What the shim, and the executor beside it, ask of the kernel: processes, control groups, files written whole.

Imported by the shim, whose start must stay quick: no ``pathlib``, no ``json``, no ``subprocess``, no ``typing``.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Mapping

from container_manager.executors import kernel_files

read_text = kernel_files.read_text

#: Room that a record takes on disk from the start.
RECORD_BYTES = 2048


class ProcessStat:
    """What ``/proc/PID/stat`` says of a process.

    ``started`` is in clock ticks since boot: together with the number it names a process while the machine is up.
    """

    __slots__ = ("parent", "session", "started", "state")

    def __init__(self, *, state: str, parent: int, session: int, started: int) -> None:
        self.state = state
        self.parent = parent
        self.session = session
        self.started = started

    @property
    def alive(self) -> bool:
        """Whether it still runs code; a zombie only waits for its parent."""
        return self.state not in {"Z", "X"}


def parse_stat(text: str) -> ProcessStat:
    """Read the text of ``/proc/PID/stat``."""
    # The command's name, in parentheses, may hold anything; what follows its last parenthesis is regular.
    fields = text[text.rindex(")") + 2 :].split()
    return ProcessStat(state=fields[0], parent=int(fields[1]), session=int(fields[3]), started=int(fields[19]))


def process_stat(pid: int) -> ProcessStat | None:
    """Return how a process stands, ``None`` when it is gone."""
    text = read_text(f"/proc/{pid}/stat")
    return parse_stat(text) if text else None


def living_processes() -> dict[int, ProcessStat]:
    """Return every process of the machine that runs code."""
    numbers = [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208  see the module's docstring
    stats = ((pid, process_stat(pid)) for pid in numbers)
    return {pid: stat for pid, stat in stats if stat is not None and stat.alive}


def descendants(ancestor: int) -> list[int]:
    """Return the living processes below this one, to any depth."""
    children: dict[int, list[int]] = {}
    for pid, stat in living_processes().items():
        children.setdefault(stat.parent, []).append(pid)
    found = list(children.get(ancestor, ()))
    for pid in found:  # grows while it is walked
        found.extend(children.get(pid, ()))
    return found


def boot_id() -> str:
    """Return what names this run of the machine."""
    return read_text("/proc/sys/kernel/random/boot_id").strip()


def write_control(path: str, text: str) -> bool:
    """Write into a file of the kernel; say whether it was taken."""
    try:
        with open(path, "r+" if os.access(path, os.R_OK) else "w", encoding="utf-8") as file:  # noqa: PTH123  as above
            file.write(text)
    except OSError:
        return False
    return True


def reserve_record(directory: str, name: str) -> None:
    """Take the room of a record to come, so that a disk that is full by then cannot lose it."""
    descriptor = os.open(f"{directory}/{name}.new", os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(descriptor, b" " * RECORD_BYTES)
    os.close(descriptor)


def write_record(directory: str, name: str, values: Mapping[str, object]) -> None:
    """Write ``key=value`` lines so that the file is there whole, also after a power cut, or not at all."""
    text = "".join(f"{key}={value}\n" for key, value in values.items())
    descriptor = os.open(f"{directory}/{name}.new", os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(descriptor, text.encode().ljust(RECORD_BYTES))
    os.fsync(descriptor)
    os.close(descriptor)
    os.rename(f"{directory}/{name}.new", f"{directory}/{name}")  # noqa: PTH104  see the module's docstring
    folder = os.open(directory, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def read_record(path: str) -> dict[str, str]:
    """Read what :func:`write_record` wrote, empty where there is none."""
    lines = (line.partition("=") for line in read_text(path).splitlines() if "=" in line)
    return {key: value for key, _, value in lines}


def signal_quietly(pid: int, number: int) -> None:
    """Send a signal to a process that may be gone, or may have become another user's."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def kill_groups(groups: Iterable[str]) -> bool:
    """Kill what lives in these control groups; say whether there was anything."""
    found = False
    for group in groups:
        members = read_text(f"{group}/cgroup.procs").split()
        if members:
            found = True
            write_control(f"{group}/pids.max", "0")  # nobody there can fork any more
        for pid in members:
            signal_quietly(int(pid), signal.SIGKILL)
    return found
