"""What took long to make, kept in the user's cache folder for the next process.

A compiled database is code to the library that reads it back. So only files are read that belong to this user alone,
lie in a folder that nobody else can write to, and still have the digest they were written with. Nothing here ever
fails: what cannot be read is made again, and what cannot be written is not kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO

#: What the name of every file here begins with. Keys begin with it too; they are plain file names.
PREFIX = "scan-"

_MAGIC = b"sickbay-kept-1\n"
_DIGEST_LENGTH = hashlib.sha256().digest_size

#: Bytes of the largest file that is read.
_LARGEST = 256 * 1024 * 1024

#: Files that are kept: the newest ones. Older ones were made for other guides or another version.
_MOST_FILES = 12


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A folder of such files, for this user alone."""

    folder: Path

    def load(self, key: str) -> bytes | None:
        """Return what was stored under this key, ``None`` where there is nothing that can be trusted."""
        try:
            with _opened_folder(self.folder) as folder, _opened_file(key, folder) as file:
                raw = file.read(_LARGEST)
        except OSError:
            return None
        start = len(_MAGIC) + _DIGEST_LENGTH
        data = raw[start:]
        return data if raw[:start] == _MAGIC + _digest(key, data) else None

    def store(self, key: str, data: bytes) -> None:
        """Keep ``data`` under this key, whole or not at all."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _opened_folder(self.folder) as folder:
                _write(key, _MAGIC + _digest(key, data) + data, folder)
                _forget_oldest(folder)


def user_cache() -> Kept | None:
    """Return this user's folder: below ``XDG_CACHE_HOME``, or ``~/.cache``. ``None`` for a user without a home."""
    stated = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(stated) if stated.startswith("/") else Path.home() / ".cache"
    except RuntimeError:
        return None
    return Kept(folder=base / "sickbay")


def key_of(rules: Iterable[str], parts: Iterable[str]) -> str:
    """Return the key of what these modules of this room make of these parts, on this version of Python."""
    here = files("sickbay.signatures")
    digest = hashlib.sha256(repr((sys.version, list(parts))).encode("utf-8", "backslashreplace"))
    for name in rules:
        digest.update(b"\n" + (here / name).read_bytes())
    return f"{PREFIX}{digest.hexdigest()}"


def _digest(key: str, data: bytes) -> bytes:
    return hashlib.sha256(b"%s\n%d\n%s" % (key.encode(), len(data), data)).digest()


@contextlib.contextmanager
def _opened_folder(path: Path) -> Iterator[int]:
    """Open a folder that belongs to this user and that nobody else can write to. Raises ``OSError``."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        state = os.fstat(folder)
        if state.st_uid != os.geteuid() or state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(f"{path} belongs to somebody else, or others can write to it")
        yield folder
    finally:
        os.close(folder)


@contextlib.contextmanager
def _opened_file(name: str, folder: int) -> Iterator[BinaryIO]:
    """Open a plain file that belongs to this user and that nobody else can open. Raises ``OSError``."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe of that name must not be waited for
    with os.fdopen(os.open(name, flags, dir_fd=folder), "rb") as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & 0o077:
            raise PermissionError(f"{name} is no plain file of this user alone")
        yield file


def _write(name: str, data: bytes, folder: int) -> None:
    """Write a file beside its place and move it there, so that nobody reads half of it. Raises ``OSError``."""
    begun = f".{name}.{secrets.token_hex(8)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(begun, flags, 0o600, dir_fd=folder), "wb") as file:
            file.write(data)
        os.replace(begun, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(begun, dir_fd=folder)
        raise


def _forget_oldest(folder: int) -> None:
    """Remove all but the newest files, and what was begun and never ended long ago."""
    names = [name for name in os.listdir(folder) if name.lstrip(".").startswith(PREFIX)]
    by_age = sorted(names, key=lambda name: os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime)
    for name in by_age[:-_MOST_FILES]:
        os.unlink(name, dir_fd=folder)
