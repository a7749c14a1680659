"""Run as a program: end a change of a file, or its way back, by SIGKILL before each line that it would run.

``FOLDER`` gets a folder for each line, ``0`` and so on, as the killed process left it.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from sickbay.guides import kept_file

BEFORE, AFTER = b"quiet\nand more\n", b"QUIET\nAND MORE\n"
NAME, MODE = "app.conf", 0o640


def run(folder: Path, what: str) -> None:
    """Change a new file, and for ``put_back`` take that back; killed at each line of the last of both."""
    for number in itertools.count():
        place = folder / str(number)
        place.mkdir(parents=True)
        file = place / NAME
        file.write_bytes(BEFORE)
        file.chmod(MODE)
        if what == "put_back":
            kept_file.change(str(file), bytes.upper)
        child = os.fork()
        if child == 0:
            _kill_at(number)
            getattr(kept_file, what)(str(file), bytes.upper)
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL:
            return


def _kill_at(number: int) -> None:
    left = itertools.count(number, -1)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != kept_file.__file__:
            return None
        if event == "line" and next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2])
