"""What stands at a path, read: a file, a link, or a folder with all below it; and the same, made elsewhere."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

MOST_BYTES = 1024**3
"""Most bytes that one path may hold to be copied."""

MOST_ENTRIES = 100_000
"""Most files and folders below one path."""

_BLOCK = 1024 * 1024


class BackupError(Exception):
    """A backup could not be made, is not as it was made, or could not be put back."""


class TooLargeError(BackupError):
    """There is more than is copied."""


class Kind(StrEnum):
    """What stands at a path."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file, folder, or link. ``path`` is relative to where it was read, ``.`` for that itself.

    ``digest`` is of a file's content; ``leads_to`` what a link says; ``modified`` in nanoseconds.
    """

    path: str
    kind: Kind
    mode: int
    owner: int
    group: int
    modified: int
    size: int = 0
    digest: str = ""
    leads_to: str = ""

    @property
    def content(self) -> tuple[str, Kind, str, str]:
        """What a copy has in common with it, whoever the copy belongs to."""
        return (self.path, self.kind, self.digest, self.leads_to)


def read_standing(path: Path, *, most_bytes: int = MOST_BYTES) -> tuple[Entry, ...]:
    """Return what stands at a path, a folder before what is in it; nothing where nothing stands there.

    Raises :class:`BackupError` for what cannot be copied: devices, sockets, and what is too large.
    """
    entries: list[Entry] = []
    size = 0
    try:
        for found in _walk(path, ".", most_bytes):
            entries.append(found)
            size += found.size
            if size > most_bytes or len(entries) > MOST_ENTRIES:
                raise TooLargeError(f"{path} holds more than {most_bytes // 1024**2} MB or {MOST_ENTRIES} files")
    except OSError as error:
        raise BackupError(f"{error.filename or path} cannot be read: {error.strerror}") from error
    return tuple(entries)


def is_same(one: Sequence[Entry], other: Sequence[Entry]) -> bool:
    """Say whether the same stands at two places: content, kinds, modes, and owners; times do not count."""
    return [replace(entry, modified=0) for entry in one] == [replace(entry, modified=0) for entry in other]


def is_copy(copy: Sequence[Entry], entries: Sequence[Entry]) -> bool:
    """Say whether a copy holds the same, whoever may read it."""
    return [entry.content for entry in copy] == [entry.content for entry in entries]


def make_copy(entries: Sequence[Entry], source: Path, target: Path) -> None:
    """Copy what was read at ``source`` to ``target``, for the owner alone. Nothing may stand there. Raises OSError."""
    for entry in entries:
        made = _place(target, entry)
        match entry.kind:
            case Kind.FOLDER:
                made.mkdir(mode=0o700)
            case Kind.LINK:
                made.symlink_to(entry.leads_to)
            case Kind.FILE:
                _copy_file(_place(source, entry), made)


def dress(entries: Sequence[Entry], target: Path) -> None:
    """Give a copy the owners, modes, and times of what was read, the innermost first. Raises OSError."""
    for entry in reversed(entries):
        made = _place(target, entry)
        found = made.lstat()
        if (found.st_uid, found.st_gid) != (entry.owner, entry.group):
            os.chown(made, entry.owner, entry.group, follow_symlinks=False)
        if entry.kind is not Kind.LINK:
            made.chmod(entry.mode)
        os.utime(made, ns=(entry.modified, entry.modified), follow_symlinks=False)


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder are on disk. Raises OSError."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _walk(path: Path, name: str, most_bytes: int) -> Iterator[Entry]:
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return
    entry = Entry(
        path=name,
        kind=_kind(found.st_mode, path),
        mode=stat.S_IMODE(found.st_mode),
        owner=found.st_uid,
        group=found.st_gid,
        modified=found.st_mtime_ns,
    )
    match entry.kind:
        case Kind.LINK:
            yield replace(entry, leads_to=str(path.readlink()))
        case Kind.FILE:
            size, digest = _digest(path, most_bytes)
            yield replace(entry, size=size, digest=digest)
        case Kind.FOLDER:
            yield entry
            for each in sorted(path.iterdir()):
                yield from _walk(each, each.name if name == "." else f"{name}/{each.name}", most_bytes)


def _kind(mode: int, path: Path) -> Kind:
    if stat.S_ISREG(mode):
        return Kind.FILE
    if stat.S_ISDIR(mode):
        return Kind.FOLDER
    if stat.S_ISLNK(mode):
        return Kind.LINK
    raise BackupError(f"{path} is a device, a pipe, or a socket, which has no copy")


def _digest(path: Path, most_bytes: int) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(file, "rb", buffering=0) as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            size += len(block)
            if size > most_bytes:
                raise TooLargeError(f"{path} is larger than {most_bytes // 1024**2} MB")
    return size, digest.hexdigest()


def _copy_file(source: Path, target: Path) -> None:
    reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(reading, "rb", buffering=0) as stream:
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(writing, "wb") as copy:
            while block := stream.read(_BLOCK):
                copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())


def _place(root: Path, entry: Entry) -> Path:
    return root if entry.path == "." else root / entry.path
