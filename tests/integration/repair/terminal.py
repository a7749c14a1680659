"""``sickbay`` as a person runs it at a terminal of its own, and as a program does that has none."""

from __future__ import annotations

import subprocess
import sys

SICKBAY = [sys.executable, "-m", "sickbay"]

#: Runs a command at a terminal of its own, and types the first of the digest that is shown there, or something else.
TERMINAL = r"""
import os, pty, re, sys
from pathlib import Path

answer, pid_file, *command = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    Path(pid_file).write_text(str(os.getpid()))
    os.execv(command[0], command)
shown, typed = b"", False
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:  # the other end is closed
        break
    if not piece:
        break
    shown += piece
    if not typed and b"to approve it: " in shown:
        os.write(terminal, (answer.encode() or re.search(rb"Plan ([0-9a-f]{64})", shown)[1][:8]) + b"\n")
        typed = True
sys.stdout.write(re.sub(rb"\x1b\[[0-9;]*m", b"", shown).decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def at_terminal(*arguments: str, answer: str = "") -> tuple[int, str]:
    """Return the exit code and all that was shown; ``answer`` is typed in place of what the plan asks for."""
    command = [sys.executable, "-c", TERMINAL, answer, "../pid", *SICKBAY, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, start_new_session=True)
    return done.returncode, done.stdout


def without_terminal(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it with input, and no controlling terminal."""
    return subprocess.run(
        [*SICKBAY, *arguments], input="00000000\n", capture_output=True, text=True, check=False, start_new_session=True
    )
