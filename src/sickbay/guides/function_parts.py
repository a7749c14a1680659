"""What parts that are Python functions share: answering, and changing one file so that it can be taken back.

The file as it was is kept beside it, as ``NAME.before``, with its owner and its mode. Taking a change back puts it in
again, unless something else was written since: then it refuses, and both stay.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

#: Files that are larger are no configuration, and are left alone.
LARGEST = 8 * 1024 * 1024

WELL, WRONG, UNREADABLE = 0, 1, 2
"""Exit codes of a part that looks: nothing was found, something was, nobody could look."""


class CannotChangeError(Exception):
    """A change has no single right form; the message says for a person what stands in the way."""


def answer(lines: Iterable[str], code: int = WELL) -> int:
    """Print the lines, and return the exit code."""
    for line in lines:
        print(line)  # noqa: T201  (what a part prints is its answer; whoever runs it passes it through the sink)
    return code


def content_of(path: str) -> bytes:
    """Return a file's content. Raises ``OSError``, also for what is no file or larger than :data:`LARGEST`."""
    file = Path(path)
    if not file.is_file():
        raise OSError(f"{path} is no file")
    if file.stat().st_size > LARGEST:
        raise OSError(f"{path} is larger than {LARGEST} bytes")
    return file.read_bytes()


def looked(path: str, look: Callable[[bytes], Iterable[str]]) -> int:
    """Print what was found wrong in a file, a line each."""
    try:
        found = list(look(content_of(path)))
    except OSError as error:
        return answer([str(error)], UNREADABLE)
    return answer(found, WRONG if found else WELL)


def all_well(path: str, look: Callable[[bytes], Iterable[str]], word: str) -> int:
    """Print the word where nothing is found wrong in a file, else what is."""
    code = looked(path, look)
    return answer([word]) if code == WELL else code


def change(path: str, changed: Callable[[bytes], bytes]) -> int:
    """Change a file's content in place, and keep it as it was beside it. Nothing to change is a success."""
    before = Path(f"{path}.before")
    try:
        content = content_of(path)
        new = changed(content)
        if new == content:
            return answer([f"{path}: nothing to change"])
        _keep(Path(path), content, before)
        Path(path).write_bytes(new)
    except FileExistsError:
        return answer([f"{before} is there already: look whose it is, and move it away"], WRONG)
    except (OSError, CannotChangeError) as error:
        return answer([str(error)], WRONG)
    return answer([f"{path}: changed; as it was it is {before}"])


def put_back(path: str, changed: Callable[[bytes], bytes]) -> int:
    """Take a change back, if the file still is what the change made of it."""
    before = Path(f"{path}.before")
    if not before.exists():
        return answer([f"{path}: nothing was changed"])
    try:
        content = content_of(str(before))
        if content_of(path) != changed(content):
            return answer([f"{path} was changed since; {before} is as it was before"], WRONG)
        Path(path).write_bytes(content)
        before.unlink()
    except (OSError, CannotChangeError) as error:
        return answer([str(error)], WRONG)
    return answer([f"{path}: as before"])


def _keep(file: Path, content: bytes, before: Path) -> None:
    """Write the copy, readable for nobody else while it is made. Raises ``OSError``."""
    whose = file.stat()
    handle = os.open(before, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as copy:
        copy.write(content)
        if hasattr(os, "fchown") and (whose.st_uid, whose.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(handle, whose.st_uid, whose.st_gid)
        os.fchmod(handle, stat.S_IMODE(whose.st_mode))
