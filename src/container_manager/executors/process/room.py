"""Where attempts are kept on this machine, and how much room it has."""

from __future__ import annotations

import os
import pwd
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from container_manager.executors.base import AttemptKey
from container_manager.executors.process import cgroups, translate
from container_manager.executors.process.directory import GONE, AttemptDirectory, delete_tree
from container_manager.executors.process.shim import kernel


def own_position() -> tuple[str, str]:
    """Return this process's mounts and control groups, as the kernel tells them."""
    return kernel.read_text("/proc/self/mountinfo"), kernel.read_text("/proc/self/cgroup")


def default_root() -> Path:
    """Return where this user's attempts are kept: the same place whatever the worker's environment says."""
    if os.geteuid() == 0:
        return Path("/var/lib/sickbay/process")
    try:
        home = Path(pwd.getpwuid(os.geteuid()).pw_dir)
    except KeyError:  # a user that only has a number, as containers have
        home = Path("/nonexistent")
    if os.access(home, os.W_OK):
        return home / ".local/state/sickbay/process"
    return Path(tempfile.gettempdir(), f"sickbay-process-{os.geteuid()}")


def prepare_root(root: Path) -> None:
    """Make the root where it is missing. Raises ``OSError`` where it cannot be made, or is in somebody else's hands."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = root.lstat()  # in a place that all may write to, somebody else could have put a link there
    if not stat.S_ISDIR(state.st_mode):
        raise NotADirectoryError(f"{root} must be a directory itself, not a link to one")
    if state.st_uid != os.geteuid() or stat.S_IMODE(state.st_mode) & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"{root} must belong to the user of the worker, and nobody else may write there")
    if not os.access(root, os.W_OK | os.X_OK):
        raise PermissionError(f"{root} cannot be written")


def keys_in(root: Path, installation: str) -> list[AttemptKey]:
    """Return the attempts of one installation that have a directory."""
    try:
        names = sorted(entry.name for entry in os.scandir(root))
    except FileNotFoundError:
        return []
    keys = (translate.key_of(name) for name in names)
    return [key for key in keys if key is not None and key.installation == installation]


def remove_attempt(directory: AttemptDirectory) -> bool:
    """Remove an attempt that is over, with its groups. ``False``: somebody holds it, ask again."""
    lock = directory.take_lock()
    if lock is None:
        return not directory.exists()
    try:
        cgroups.remove_groups(directory.groups())
        directory.delete()
    finally:
        os.close(lock)
    return True


def finish_removals(root: Path, installation: str) -> None:
    """Delete what removals left that were cut short: of these nobody asks again, for the attempt is gone already."""
    for gone in root.glob(f"{GONE}sickbay-{installation}-*"):
        with suppress(OSError):  # it is just being deleted by whoever began
            delete_tree(gone)


def total_memory_mb(meminfo: str) -> int | None:
    """Return the machine's memory from the text of ``/proc/meminfo``."""
    for line in meminfo.splitlines():
        name, _, value = line.partition(":")
        if name == "MemTotal":
            return int(value.split()[0]) // 1024
    return None
