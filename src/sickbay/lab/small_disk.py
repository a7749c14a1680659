"""A disk of one megabyte in memory, for guides about full ones."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def why_no_disk() -> str:
    """Say why no disk can be mounted; empty where one can."""
    return "" if os.geteuid() == 0 else "only root can mount a disk"


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a disk of one megabyte with 128 inodes at ``folder``, and take it away again."""
    folder.mkdir(parents=True)
    options = "size=1m,nr_inodes=128,mode=1777"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "sickbay-lab", folder], check=True, capture_output=True)  # noqa: S603, S607  (an argument list; the program on the path)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True, capture_output=True)  # noqa: S603, S607  (an argument list; the program on the path)
