"""Secrets as files in this machine's memory: a private directory on a tmpfs for each attempt, never on a disk.

Blocking, for a thread.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from container_manager.executors.archive import Owner
from container_manager.executors.base import LaunchRefusedError
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import SecretFile

#: By this variable a program finds the files that were given without a directory.
VARIABLE = "SICKBAY_SECRETS"

MEMORY = Path("/dev/shm")  # noqa: S108  (a tmpfs is the purpose; ours in it is private)

#: What no attempt is known for is kept this long: its launch may be under way in another process.
_GRACE_SECONDS = 600.0

_TRIES = 10


@dataclass(frozen=True, kw_only=True)
class SecretRoom:
    """Where the secret files of one platform's attempts are kept."""

    root: Path
    """In a directory of the worker's user."""

    def place(self, name: str, files: Sequence[SecretFile], *, owner: Owner | None) -> list[Path]:
        """Write an attempt's files, for ``owner`` where one is given; return where each of them is.

        Safe to repeat. Raises :class:`~container_manager.executors.base.LaunchRefusedError` and ``OSError``.
        """
        directory = self._new_directory(name)
        places = [directory / str(number) for number in range(len(files))]
        for place, file in zip(places, files, strict=True):
            _write(place, file, owner)
        return places

    def place_named(self, name: str, files: Sequence[SecretFile], *, owner: Owner | None) -> Path:
        """Write an attempt's files by their own relative paths, readable by ``owner``; return their directory."""
        directory = self._new_directory(name)
        for file in files:
            place = directory / file.path
            for folder in (directory, *reversed([one for one in place.parents if one.is_relative_to(directory)])):
                folder.mkdir(mode=0o700, exist_ok=True)
                _give(folder, owner)
            _write(place, file, owner)
        return directory

    def has(self, name: str) -> bool:
        """Whether there are files of an attempt; a look into memory."""
        return self.directory(name).exists()

    def forget(self, name: str) -> None:
        """Remove an attempt's files. Succeeds where there are none."""
        shutil.rmtree(self.directory(name), ignore_errors=True)
        with suppress(OSError):  # it still has others
            self.root.rmdir()

    def sweep(self, installation: str, known: Collection[str]) -> None:
        """Remove what is left of this installation's attempts that nobody knows (any more)."""
        try:
            entries = list(os.scandir(self.root))
        except FileNotFoundError:
            return
        for entry in entries:
            if entry.name.startswith(f"sickbay-{installation}-") and entry.name not in known:
                try:
                    is_old = time.time() - entry.stat().st_mtime > _GRACE_SECONDS
                except FileNotFoundError:
                    continue
                if is_old:
                    self.forget(entry.name)

    def directory(self, name: str) -> Path:
        """Where an attempt's files are."""
        return self.root / name

    def _new_directory(self, name: str) -> Path:
        directory = self.directory(name)
        for _ in range(_TRIES):
            with suppress(FileNotFoundError):  # whoever removed the last attempt has just taken the root away
                self._prepare()
                directory.mkdir(mode=0o700, exist_ok=True)
                return directory
        raise FileNotFoundError(f"{self.root} disappears again and again")

    def _prepare(self) -> None:
        for folder in (self.root.parent, self.root):
            # Others may pass, for programs that run as another user; nobody but us may list or write.
            folder.mkdir(mode=0o711, exist_ok=True)
            state = folder.lstat()
            if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & 0o022:
                raise PermissionError(f"{folder} must be a directory of the worker's user that nobody else may write")


def secret_room(platform: str) -> SecretRoom | None:
    """Return a platform's room, ``None`` where this machine has no tmpfs that may be written.

    ``platform`` is whatever tells it from the other ones that this user reaches.
    """
    if not _has_memory():
        return None
    return SecretRoom(root=MEMORY / f"sickbay-{os.geteuid()}" / hashlib.sha256(platform.encode()).hexdigest()[:16])


@cache
def _has_memory() -> bool:
    mounts = Path("/proc/self/mountinfo").read_text(errors="replace").splitlines()
    kinds = [line.rpartition(" - ")[2].split()[0] for line in mounts if line.split()[4] == str(MEMORY)]
    return kinds[-1:] == ["tmpfs"] and os.access(MEMORY, os.W_OK | os.X_OK)


def unsupported(why: str) -> LaunchRefusedError:
    """Return the refusal of secret files, which says what can be done instead."""
    message = f"the job's secrets cannot be given as files: {why}; give them as variables, or choose another host"
    return LaunchRefusedError(message, reason=FailureReason.UNSUPPORTED)


def _write(place: Path, file: SecretFile, owner: Owner | None) -> None:
    new = place.with_name(f".{place.name}-{secrets.token_hex(4)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(file.content)
        _give(new, owner)
        new.chmod(file.mode)
        new.rename(place)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _give(path: Path, owner: Owner | None) -> None:
    if owner is None or (owner.uid, owner.gid) == (os.geteuid(), os.getegid()):
        return
    try:
        os.chown(path, owner.uid, owner.gid)
    except PermissionError as error:
        raise unsupported(f"only a worker that is root can give them to the user {owner.uid}") from error
