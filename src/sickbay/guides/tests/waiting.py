"""Scripts that start a service and use it before it answers, and a wait put between. For the guides beside this."""

from __future__ import annotations

import re
from pathlib import Path

from sickbay.guides.function_parts import UNREADABLE, answer, change_text, make_file, put_text_back, take_away
from sickbay.guides.kept_file import CannotChangeError, Edit

WAITER = "wait_for_port.py"
"""The script that waits; it is put beside the one that lacks it."""

_WAITER_TEXT = '''"""wait_for_port.py HOST PORT SECONDS: wait until something accepts connections, or end with 1."""

import socket
import sys
import time

host, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
deadline = time.monotonic() + seconds
while True:
    try:
        socket.create_connection((host, port), timeout=2).close()
        break
    except OSError as error:
        if time.monotonic() > deadline:
            sys.exit(f"{host}:{port} did not answer within {seconds:g} s: {error}")
        time.sleep(0.2)
'''

_SECONDS = 60

_STARTS = re.compile(r"(?:[^&|]&|\s(?:-d|--detach)(?:\s.*)?|\bpg_ctl\b.*\bstart)\s*$")
_WAITS = re.compile(
    r"wait[-_]?for|wait-on|dockerize|pg_isready|^\s*until\s|--wait\b|retry-connrefused|\bnc\b.*-\w*z|start-server-and-test"
)


def look(script: str) -> int:
    """Say whether a script waits for what it starts: ``waits``, ``starts nothing``, or where it does not."""
    try:
        line = _unawaited(Path(script).read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        return answer(f"not read: {error}", UNREADABLE)
    return answer(line if isinstance(line, str) else f"does not wait behind line {line + 1}")


def wait_in(script: str, host: str, port: str) -> int:
    """Let a script wait for a port right after it has started what listens there."""
    waiter = str(Path(script).with_name(WAITER))
    if code := make_file(waiter, _WAITER_TEXT):
        return code
    if code := change_text(script, _waiting(script, host, port)):
        take_away(waiter, _WAITER_TEXT)
        return code
    return 0


def do_not_wait_in(script: str, host: str, port: str) -> int:
    """Take back :func:`wait_in`."""
    return put_text_back(script, _waiting(script, host, port)) or take_away(
        str(Path(script).with_name(WAITER)), _WAITER_TEXT
    )


def _waiting(script: str, host: str, port: str) -> Edit:
    command = f"python3 {Path(script).with_name(WAITER)} {host} {port} {_SECONDS} || exit 1\n"

    def edit(text: str) -> str:
        lines = text.splitlines(keepends=True)
        place = _unawaited([line.rstrip("\r\n") for line in lines])
        if isinstance(place, str):
            raise CannotChangeError(f"it {place}")
        return "".join([*lines[: place + 1], command, *lines[place + 1 :]])

    return edit


def _unawaited(lines: list[str]) -> int | str:
    """Return the index of the line that starts something which nothing waits for, or that all is well."""
    started: int | None = None
    for number, line in enumerate(lines):
        if line.lstrip().startswith("#"):
            continue
        if _WAITS.search(line):
            return "waits"
        if started is None and _STARTS.search(line):
            started = number
    return "starts nothing" if started is None else started
