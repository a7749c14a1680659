"""Changing one file of a project so that the change can be taken back: a copy of what it held is kept beside it.

The copy is whole and on the disk before the first byte of the file changes, and has its owner and mode. The file is
written in place, so that its owner, mode, and hard links stay. Whenever this is cut off, ``put_back`` knows the way.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

SUFFIX = ".before-repair"
"""What the copy's name ends with, behind the file's own name."""

LARGEST = 8 * 1024 * 1024
"""The most bytes of a file that is changed; what is larger is no configuration, and is left alone."""

_BEGUN = ".part"
"""Behind the copy's name while it is written."""

Change = Callable[[bytes], bytes]
"""From what a file holds to what it should hold; the same for the same. Raises :class:`CannotChangeError`."""

Edit = Callable[[str], str]
"""The same for text. Line ends are ``\\n``, unless the file mixes kinds."""


class CannotChangeError(Exception):
    """A file cannot be changed, or a change not be taken back; the message says for a person what is in the way."""


def content_of(path: str) -> bytes:
    """Return a file's content. Raises ``OSError``, also for what is no file or larger than :data:`LARGEST`."""
    with _opened(path, "rb") as file:
        return file.read()


def change(path: str, changed: Change) -> bool:
    """Change a file, and keep what it held. Return whether there was anything to change.

    Raises ``OSError`` and :class:`CannotChangeError`, also where a copy of an earlier change still lies there; the file
    is then as it was.
    """
    with _opened(path, "r+b") as file:
        content = file.read()
        new = changed(content)
        if new == content:
            return False
        _keep(path, content, os.fstat(file.fileno()))
        try:
            _write(file, new)
        except OSError:  # as a rule the disk is full; what stood there before still fits
            _write(file, content)
            copy_of(path).unlink()
            raise
    return True


def put_back(path: str, changed: Change) -> bool:
    """Give a file what it held before :func:`change` with the same ``changed``. Return whether anything was kept.

    Raises ``OSError`` and :class:`CannotChangeError`, also where the file holds anything else than what that change, or
    one that was cut off, left there; file and copy are then as they were.
    """
    copy = copy_of(path)
    _forget_begun(path)
    if not os.path.lexists(copy):
        return False
    content = content_of(str(copy))
    with _opened(path, "r+b") as file:
        found = file.read()
        if found != content:
            if not _is_left_by(content, changed(content), found):
                raise CannotChangeError(f"it was changed since; {copy} is as it was before")
            _write(file, content)
    copy.unlink()
    _settle(copy.parent)
    return True


def keep(path: str) -> None:
    """Keep what a file holds, for a program that is about to change it. Raises as :func:`change` does."""
    with _opened(path, "rb") as file:
        _keep(path, file.read(), os.fstat(file.fileno()))


def copy_of(path: str) -> Path:
    """Return where the copy of a file lies while it is changed."""
    return Path(path + SUFFIX)


def kept_below(pattern: str) -> Iterator[Path]:
    """Yield the files of that name in this folder and below it of which a copy is kept, or was begun."""
    found = [*Path().rglob(pattern + SUFFIX), *Path().rglob(pattern + SUFFIX + _BEGUN)]
    yield from sorted({path.with_name(path.name.removesuffix(_BEGUN).removesuffix(SUFFIX)) for path in found})


def as_it_was(path: str) -> bytes:
    """Return what a file held before it was changed: its copy's content, else its own. Raises ``OSError``."""
    copy = copy_of(path)
    return content_of(str(copy) if os.path.lexists(copy) else path)


def as_bytes(edit: Edit) -> Change:
    """Return the change of a file's bytes that an edit of its text makes. Line ends stay those of the file."""

    def changed(content: bytes) -> bytes:
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise CannotChangeError(f"it is not UTF-8: {error.reason} at offset {error.start}") from error
        if "\r\n" not in text or text.count("\n") != text.count("\r\n"):
            return edit(text).encode()
        return edit(text.replace("\r\n", "\n")).replace("\n", "\r\n").encode()

    return changed


@contextmanager
def _opened(path: str, mode: str) -> Iterator[IO[bytes]]:
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path} is no file")
    with Path(path).open(mode) as file:
        if os.fstat(file.fileno()).st_size > LARGEST:
            raise OSError(f"{path} is larger than {LARGEST} bytes")
        yield file


def _keep(path: str, content: bytes, whose: os.stat_result) -> None:
    """Write the copy, and only then give it its name: whoever finds it under that finds all of it."""
    copy, begun = copy_of(path), Path(path + SUFFIX + _BEGUN)
    try:
        handle = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise _taken(begun) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            mine = os.fstat(handle)
            if (mine.st_uid, mine.st_gid) != (whose.st_uid, whose.st_gid):
                os.fchown(handle, whose.st_uid, whose.st_gid)
            os.fchmod(handle, stat.S_IMODE(whose.st_mode))
            file.flush()
            os.fsync(handle)
        _name(begun, copy)
    except BaseException:
        begun.unlink(missing_ok=True)
        raise
    _settle(copy.parent)


def _name(begun: Path, copy: Path) -> None:
    """Give a copy its name, unless it is taken. Whoever makes one holds ``begun``, so that none comes in between."""
    if os.path.lexists(copy):
        raise _taken(copy)
    begun.rename(copy)


def _taken(path: Path) -> CannotChangeError:
    return CannotChangeError(f"{path} is there already: take that change back first, or move it away")


def _write(file: IO[bytes], content: bytes) -> None:
    """Write in place: first over what is there, then to the right length. :func:`_is_left_by` counts on that order."""
    file.seek(0)
    file.write(content)
    file.truncate()
    file.flush()
    os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Let a new name, or one that went, outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _forget_begun(path: str) -> None:
    """Remove a copy that was cut off while it was written, which is before the file is touched."""
    begun = Path(path + SUFFIX + _BEGUN)
    if os.path.lexists(begun) and content_of(path).startswith(content_of(str(begun))):
        begun.unlink()


def _is_left_by(content: bytes, new: bytes, found: bytes) -> bool:
    """Say whether writing one over the other, whole or cut off, leaves what was found: nothing else is lost then."""
    return found == new or _is_between(found, new, content) or _is_between(found, content, new)


def _is_between(found: bytes, over: bytes, under: bytes) -> bool:
    alike = next((place for place, (one, other) in enumerate(zip(found, over, strict=False)) if one != other), None)
    written = min(len(found), len(over)) if alike is None else alike
    return found[written:] == under[written:]
