"""One repair at a time in a folder, whoever begins it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sickbay.repair.desk import RefusedError


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other repairs out of a folder; the kernel lets go when this process ends. Raises ``RefusedError``."""
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise RefusedError(f"{folder} cannot be opened: {error.strerror}") from error
    try:
        _lock(opened, folder)
        yield
    finally:
        os.close(opened)


def _lock(opened: int, folder: Path) -> None:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RefusedError(f"another repair is at work in {folder}") from None
