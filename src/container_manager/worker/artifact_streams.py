"""What a platform sends of an output, a tar archive piece by piece, as the one file that is stored. Blocking.

A single file is stored as itself, a directory as a tar archive in which every member is safe to unpack: names that lead
nowhere else, no devices, no links that leave the directory. Memory stays flat however large it is.
"""

from __future__ import annotations

import asyncio
import tarfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from io import RawIOBase
from pathlib import PurePosixPath
from posixpath import normpath
from typing import IO

from container_manager.executors.archive import END, PIECE_BYTES, header, padding
from container_manager.executors.base import OutputMissingError


class PulledStream(RawIOBase):
    """A stream of the event loop, read in a thread: each piece is asked for when it is needed, and not before."""

    def __init__(self, pieces: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._pieces = pieces
        self._loop = loop
        self._left = b""
        self._asked: Future[bytes] | None = None
        self._given_up = False

    def readable(self) -> bool:
        """Say yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to so many bytes, nothing at the end. Raises what the stream raises."""
        if not self._left:
            if self._given_up:
                raise BrokenPipeError("nobody waits for this any more")
            self._asked = asyncio.run_coroutine_threadsafe(self._next(), self._loop)
            self._left = self._asked.result()
        piece = self._left if size < 0 else self._left[:size]
        self._left = self._left[len(piece) :]
        return piece

    def give_up(self) -> None:
        """Let the reader fail, also one that waits just now. Called in the event loop."""
        self._given_up = True
        if self._asked is not None:
            self._asked.cancel()

    async def _next(self) -> bytes:
        return await anext(self._pieces, b"")


@dataclass(kw_only=True)
class Findings:
    """What was found out while an output was read."""

    is_archive: bool = False
    problem: str = ""
    left_out: int = 0
    first_left_out: str = ""

    def leave_out(self, name: str) -> None:
        """Note a member that is not kept."""
        self.left_out += 1
        self.first_left_out = self.first_left_out or name

    def all_problems(self) -> str:
        """Return everything that is wrong with what was kept, empty for nothing."""
        if not self.left_out:
            return self.problem
        kept = f"{self.left_out} entries are no plain files, or lead out of it, and were left out, first "
        return "; ".join(filter(None, (self.problem, kept + repr(self.first_left_out[:200]))))


def file_of(archive: IO[bytes], findings: Findings, *, max_bytes: int) -> Iterator[bytes]:
    """Yield what is to be stored: the single file, or a safe archive of the directory, cut at ``max_bytes``.

    Raises :class:`~container_manager.executors.base.OutputMissingError` where there is neither.
    """
    with tarfile.open(fileobj=archive, mode="r|", bufsize=PIECE_BYTES) as tar:
        first = tar.next()
        if first is None:
            raise OutputMissingError("the platform sent nothing")
        if first.issym():
            raise OutputMissingError(f"it is a link to {first.linkname[:200]!r}: name what it leads to")
        if first.isdir():
            findings.is_archive = True
            yield from _safe_archive(tar, first, findings, max_bytes)
        elif first.isfile():
            yield from _content(tar, first, min(first.size, max_bytes))
            if first.size > max_bytes:
                findings.problem = f"it has {first.size} bytes, and was cut after {max_bytes}"
        else:
            raise OutputMissingError("it is neither a file nor a directory")


def _safe_archive(tar: tarfile.TarFile, root: tarfile.TarInfo, findings: Findings, most: int) -> Iterator[bytes]:
    left = most
    while (member := tar.next()) is not None:
        tar.members = []  # type: ignore[attr-defined]  # undocumented, but else the library keeps all of them
        safe = _safe(member, root.name.rstrip("/"))
        if safe is None:
            findings.leave_out(member.name)
            continue
        if safe.size > left:
            findings.problem = f"it has more than {most} bytes, and was cut before {safe.name[:200]!r}"
            break
        left -= safe.size
        yield header(safe)
        yield from _content(tar, member, safe.size)
        yield padding(safe.size)
    yield END


def _safe(member: tarfile.TarInfo, root: str) -> tarfile.TarInfo | None:
    """Return the member as it is kept, ``None`` for one that is not."""
    name = _inside(member.name, root)
    if name is None:
        return None
    safe = tarfile.TarInfo(name)
    safe.mode, safe.mtime, safe.type = member.mode & 0o777, member.mtime, tarfile.REGTYPE
    if member.isdir():
        safe.type = tarfile.DIRTYPE
    elif member.issym():
        target = normpath(str(PurePosixPath(name).parent / member.linkname))
        if member.linkname.startswith("/") or target.startswith(".."):
            return None
        safe.type, safe.linkname = tarfile.SYMTYPE, member.linkname
    elif member.islnk():
        linked = _inside(member.linkname, root)
        if linked is None:
            return None
        safe.type, safe.linkname = tarfile.LNKTYPE, linked
    elif member.isfile():
        safe.size = member.size
    else:
        return None
    return safe


def _inside(name: str, root: str) -> str | None:
    """Return a member's name without the directory that holds everything, ``None`` where it leads elsewhere."""
    path = PurePosixPath(name)
    if ".." in path.parts or not path.is_relative_to(root) or path == PurePosixPath(root):
        return None
    return str(path.relative_to(root))


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo, size: int) -> Iterator[bytes]:
    file = tar.extractfile(member) if size else None
    while size and file is not None and (piece := file.read(min(PIECE_BYTES, size))):
        size -= len(piece)
        yield piece


class PieceReader(RawIOBase):
    """Pieces as a file that can be read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        """Say yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to so many bytes, nothing at the end."""
        while not self._left:
            following = next(self._pieces, None)
            if following is None:
                return b""
            self._left = following
        piece = self._left if size < 0 else self._left[:size]
        self._left = self._left[len(piece) :]
        return piece
