"""Following a child until it is over, its time is up, or it has said enough; and ending all that it started."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import IO

_BLOCK = 65536

#: Whoever holds a stream of a process group that was killed is gone within moments.
_SECONDS_TO_DRAIN = 2.0


@dataclass(frozen=True, kw_only=True)
class Collected:
    """What a child left. ``refusal`` is what it wrote instead of starting its program."""

    output: bytes
    errors: bytes
    refusal: bytes
    exit_code: int | None
    timed_out: bool
    cut_off: bool


def collect(child: subprocess.Popen[bytes], refusals: int, *, seconds: float, most_bytes: int) -> Collected:
    """Read both streams of a child that leads a process group, and end the group. Returns when the child is gone."""
    follower = _Follower(child, refusals, most_bytes)
    try:
        timed_out = not follower.read_until_over(time.monotonic() + seconds)
    finally:
        follower.end_group()
    follower.read_rest(time.monotonic() + _SECONDS_TO_DRAIN)
    exit_code = child.wait()
    follower.close()
    return Collected(
        output=follower.taken["output"],
        errors=follower.taken["errors"],
        refusal=follower.taken["refusal"],
        exit_code=None if timed_out or follower.is_full else exit_code,
        timed_out=timed_out,
        cut_off=follower.is_full,
    )


class _Follower:
    """The open streams of one child."""

    def __init__(self, child: subprocess.Popen[bytes], refusals: int, most_bytes: int) -> None:
        self._child = child
        self._left = most_bytes
        self._selector = selectors.DefaultSelector()
        self._ending = os.pidfd_open(child.pid)
        self._selector.register(self._ending, selectors.EVENT_READ, "ending")
        for name, stream in (("output", _stream(child.stdout)), ("errors", _stream(child.stderr))):
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream.fileno(), selectors.EVENT_READ, name)
        os.set_blocking(refusals, False)
        self._selector.register(refusals, selectors.EVENT_READ, "refusal")
        self.taken = {"output": b"", "errors": b"", "refusal": b""}
        self.is_full = False

    def read_until_over(self, deadline: float) -> bool:
        """Read until the child has ended or said enough; return whether that was before the deadline."""
        while not self.is_full:
            events = self._selector.select(max(0.0, deadline - time.monotonic()))
            if not events:
                return False
            for key, _ in events:
                if key.data == "ending":
                    return True
                self._take(key)
            if time.monotonic() >= deadline:
                return False
        return True

    def end_group(self) -> None:
        """Kill whatever of the group is left. Its leader is not waited for yet, so the number is still its own."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)

    def read_rest(self, deadline: float) -> None:
        """Read what was written before the end."""
        if self._ending in self._selector.get_map():
            self._selector.unregister(self._ending)
        while not self.is_full and self._selector.get_map():
            events = self._selector.select(max(0.0, deadline - time.monotonic()))
            if not events:
                return
            for key, _ in events:
                self._take(key)

    def close(self) -> None:
        self._selector.close()
        os.close(self._ending)
        _stream(self._child.stdout).close()
        _stream(self._child.stderr).close()

    def _take(self, key: selectors.SelectorKey) -> None:
        with contextlib.suppress(BlockingIOError):
            data = os.read(key.fd, _BLOCK)
            if not data:
                self._selector.unregister(key.fd)
                return
            self.taken[key.data] += data[: self._left]
            self._left -= len(data)
            self.is_full = self._left < 0


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the child was started without pipes")
    return stream
