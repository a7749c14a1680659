"""Interrupts during a repair: they are obeyed between two commands, so that nothing is left half done."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """What asked to end meanwhile; empty while nothing did."""

    def __init__(self) -> None:
        self.why = ""

    def note(self, number: int, _frame: FrameType | None) -> None:
        """Remember a signal."""
        self.why = f"interrupted ({signal.Signals(number).name})"


@contextmanager
def held_interrupts() -> Iterator[Interrupts]:
    """Hold interrupts back until the block is over; the caller looks at ``why`` where it can stop."""
    held = Interrupts()
    before = {number: signal.signal(number, held.note) for number in _SIGNALS}
    try:
        yield held
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
