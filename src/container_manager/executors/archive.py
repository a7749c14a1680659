"""Files as tar archives, piece by piece, so that a large one never stands in memory. Blocking, for a thread."""

from __future__ import annotations

import asyncio
import os
import stat
import tarfile
from collections.abc import AsyncGenerator, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from container_manager.executors.base import InputFile, InputUnreadableError, OutputMissingError

PIECE_BYTES = 256 * 1024

#: How an archive ends.
END = bytes(2 * tarfile.BLOCKSIZE)


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whom files in an archive belong to, in numbers."""

    uid: int = 0
    gid: int = 0


def owner_of(user: str | None) -> Owner:
    """Return the numbers in ``uid`` or ``uid:gid``; root where the user is none, or has a name."""
    uid, _, gid = (user or "").partition(":")
    if not uid.isdecimal():
        return Owner()
    return Owner(uid=int(uid), gid=int(gid) if gid.isdecimal() else int(uid))


def archive_of_inputs(inputs: Sequence[InputFile], owner: Owner) -> Generator[bytes, None, None]:
    """Yield an archive of these files, each at its path without the first slash.

    Raises :class:`~container_manager.executors.base.InputUnreadableError`.
    """
    for file in inputs:
        entry = tarfile.TarInfo(file.path.lstrip("/"))
        entry.size, entry.mode, entry.uid, entry.gid = file.size, 0o644, owner.uid, owner.gid
        yield header(entry)
        yield from content_of(file)
        yield padding(file.size)
    yield END


def content_of(file: InputFile) -> Iterator[bytes]:
    """Yield an input's content, exactly as much as was told. Raises ``InputUnreadableError``."""
    left = file.size
    try:
        with file.open() as opened:
            while left and (piece := opened.read(min(PIECE_BYTES, left))):
                left -= len(piece)
                yield piece
            if left or opened.read(1):
                raise InputUnreadableError(f"the input for {file.path} is not of the size that was stored")
    except OSError as error:
        raise InputUnreadableError(f"the input for {file.path} cannot be read: {error}") from error


def archive_of_path(root: Path, path: str) -> Generator[bytes, None, None]:
    """Yield an archive of what is at a path below ``root``: a file, or a directory with everything in it.

    Links are told and not followed, and nothing outside of ``root`` is read. Raises
    :class:`~container_manager.executors.base.OutputMissingError`.
    """
    place = root / path.lstrip("/")
    if not place.parent.resolve().is_relative_to(root.resolve()) or ".." in place.parts:
        raise OutputMissingError(f"{path} leads out of the attempt's directory")
    if not os.path.lexists(place):
        raise OutputMissingError(f"there is nothing at {path}")
    for member in [place] if place.is_symlink() or not place.is_dir() else _walk(place):
        yield from _member(member, place.name + str(member)[len(str(place)) :])
    yield END


def archive_of_contents(path: str, contents: Mapping[str, bytes]) -> Iterator[bytes]:
    """Yield an archive of what is at ``path``, where ``contents`` are files by their absolute paths."""
    base = PurePosixPath(path)
    if path not in contents:
        folder = tarfile.TarInfo(base.name)
        folder.type, folder.mode = tarfile.DIRTYPE, 0o755
        yield header(folder)
    for name, data in sorted(contents.items()):
        entry = tarfile.TarInfo(str(base.name / PurePosixPath(name).relative_to(base)))
        entry.size = len(data)
        yield header(entry) + data + padding(len(data))
    yield END


def header(entry: tarfile.TarInfo) -> bytes:
    """Return what stands before a member's content."""
    return entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def padding(size: int) -> bytes:
    """Return what stands behind a member's content of this size."""
    return bytes(-size % tarfile.BLOCKSIZE)


async def in_thread(pieces: Generator[bytes, None, None]) -> AsyncGenerator[bytes, None]:
    """Yield what a blocking generator yields, without blocking."""
    step: asyncio.Future[bytes | None] | None = None
    try:
        while True:
            step = asyncio.ensure_future(asyncio.to_thread(next, pieces, None))
            piece = await asyncio.shield(step)
            if piece is None:
                return
            if piece:
                yield piece
    finally:
        # A step cannot be broken off: it is waited for, whatever comes of it, before its files are closed.
        if step is not None:
            await asyncio.gather(step, return_exceptions=True)
        await asyncio.to_thread(pieces.close)


def _walk(folder: Path) -> Iterable[Path]:
    for place, folders, files in os.walk(folder):
        yield Path(place)
        # A link to a folder is listed as one, and told as a link.
        yield from (Path(place, name) for name in sorted(folders) if Path(place, name).is_symlink())
        yield from (Path(place, name) for name in sorted(files))


def _member(path: Path, name: str) -> Iterator[bytes]:
    state = path.lstat()
    entry = tarfile.TarInfo(name)
    entry.mode, entry.mtime, entry.uid, entry.gid = stat.S_IMODE(state.st_mode), state.st_mtime, 0, 0
    if stat.S_ISREG(state.st_mode):
        with open_exactly(path) as file:
            entry.size = os.fstat(file.fileno()).st_size
            yield header(entry)
            yield from _read(file, entry.size)
            yield padding(entry.size)
        return
    if stat.S_ISLNK(state.st_mode):
        entry.type, entry.linkname = tarfile.SYMTYPE, str(path.readlink())
    elif stat.S_ISDIR(state.st_mode):
        entry.type = tarfile.DIRTYPE
    else:
        entry.type = tarfile.FIFOTYPE
    yield header(entry)


def open_exactly(path: Path) -> BinaryIO:
    """Open a file for reading; what has become a link meanwhile is refused by the system."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")


def _read(file: BinaryIO, size: int) -> Iterator[bytes]:
    left = size
    while left and (piece := file.read(min(PIECE_BYTES, left))):
        left -= len(piece)
        yield piece
    while left:  # somebody cut the file while it was read: an archive must keep its word all the same
        piece = bytes(min(PIECE_BYTES, left))
        left -= len(piece)
        yield piece
