"""The directory of one attempt: everything this machine holds of it, and the lock that says whether its shim lives.

``lock``      held by whoever launches the attempt, then by its shim until it ends
``plan``      what was asked for, without the values of variables, and the control groups (JSON)
``started``   the processes, written before the program can do anything
``begun``     empty, made once the start was not refused
``log``       its output, framed
``outcome``   how it ended, written last
``control``   a named pipe on which the shim takes requests
``shim.log``  what the shim itself had to complain of
``work``      the program's scratch directory
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from container_manager.executors.process.shim import kernel, supervisor

#: Before the name of a directory that is on its way out.
GONE = ".gone-"


class AttemptDirectory:
    """One attempt's directory, which may not exist (any more)."""

    def __init__(self, root: Path, name: str) -> None:
        self.name = name
        self.path = root / name

    @property
    def scratch(self) -> Path:
        """Where the program works unless the job says otherwise; also its ``HOME``."""
        return self.path / "work"

    def exists(self) -> bool:
        """Whether the machine knows this attempt."""
        return self.path.is_dir()

    def create(self) -> None:
        """Make what is not there yet of the directory."""
        for path in (self.path, self.scratch):
            path.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileExistsError):
            os.mkfifo(self.path / supervisor.CONTROL, 0o600)

    def take_lock(self) -> int | None:
        """Return a descriptor that holds the lock, ``None`` while somebody else holds it, or the directory is gone."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if self._is_ours(descriptor):
            return descriptor
        os.close(descriptor)  # the directory was removed, and perhaps made anew, before we had its lock
        return None

    def is_held(self) -> bool:
        """Whether somebody launches this attempt now, or its shim lives."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def write_plan(self, plan: Mapping[str, object]) -> None:
        """Record what is about to be started."""
        new = self.path / "plan.new"
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(plan, file)
        new.rename(self.path / "plan")

    def groups(self) -> tuple[str, ...]:
        """The control groups that were made for this attempt, or were about to be."""
        text = kernel.read_text(str(self.path / "plan"))
        return tuple(json.loads(text)["groups"]) if text else ()

    def started(self) -> dict[str, str]:
        """The record of the start, empty where there is none."""
        return kernel.read_record(str(self.path / supervisor.STARTED))

    def has_started(self) -> bool:
        """Whether the program may have run."""
        return bool(self.started())

    def has_begun(self) -> bool:
        """Whether the program runs, or ran: its start was not refused."""
        return (self.path / supervisor.BEGUN).exists()

    def outcome(self) -> dict[str, str]:
        """The record of the end, empty where there is none."""
        return kernel.read_record(str(self.path / supervisor.OUTCOME))

    def complaint(self) -> str:
        """The last line of what the shim complained of."""
        lines = kernel.read_text(str(self.path / "shim.log")).strip().splitlines()
        return lines[-1] if lines else ""

    def request_stop(self, grace_seconds: float) -> bool:
        """Ask the shim to end the program; say whether there is a shim to ask."""
        try:
            descriptor = os.open(self.path / supervisor.CONTROL, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # gone, or nobody reads
            return False
        try:
            os.write(descriptor, f"stop {grace_seconds}\n".encode())
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return True

    def delete(self) -> None:
        """Make the directory vanish at once, then delete it. Succeeds where it is gone."""
        gone = self.path.with_name(f"{GONE}{self.name}-{secrets.token_hex(4)}")
        try:
            self.path.rename(gone)
        except FileNotFoundError:
            return
        delete_tree(gone)

    def _is_ours(self, descriptor: int) -> bool:
        try:
            there = os.stat(self.path / "lock")  # noqa: PTH116  compared with what the descriptor shows
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(descriptor))


def delete_tree(path: Path) -> None:
    """Delete a directory, also where the program that filled it made folders read-only."""
    shutil.rmtree(path, ignore_errors=True)
    if path.exists():
        path.chmod(stat.S_IRWXU)
        for folder, names, _ in os.walk(path):
            for child in (Path(folder, name) for name in names):
                if not child.is_symlink():
                    child.chmod(stat.S_IRWXU)
        shutil.rmtree(path, ignore_errors=True)
