"""Finding out whether a text has characters that act on a terminal or stand for nothing, however large it is."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any

from sickbay.signatures.lookers import library

#: Control characters, but for the tab and for what line ends and terminal sequences are made of.
CONTROLS = bytes(code for code in [*range(32), 127] if code not in b"\t\n\r\x1b")

#: Bytes from which it pays to ask Vectorscan, which has to be imported first.
_LARGE = 256 * 1024

_lock = Lock()  # a database scans for one thread at a time


def holds_control(data: bytes) -> bool:
    """Say whether one of :data:`CONTROLS` is in a text."""
    if len(data) < _LARGE or library("hyperscan") is None:
        return len(data.translate(None, CONTROLS)) < len(data)
    found: list[int] = []

    def stop(_pattern: int, _start: int, end: int, _flags: int, _context: object) -> bool:
        found.append(end)
        return True

    hyperscan = library("hyperscan")
    try:
        with _lock:
            _any_control().scan(data, match_event_handler=stop)
    except hyperscan.ScanTerminated:
        pass  # at the first one
    return bool(found)


@cache
def _any_control() -> Any:  # noqa: ANN401  (the binding has no types)
    hyperscan = library("hyperscan")
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=[b"[%s]" % b"".join(b"\\x%02x" % code for code in CONTROLS)], flags=[0])
    return database
