"""Asking a project in a process of its own: its interpreter, its folder, its variables, and a time after which it ends.

It is not confined as a probe is: whatever keeps a project's settings from writing a log file, or from reaching their
database's socket, would be told as the project's fault. What the checks do beyond loading the project only reads.
"""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sickbay.checks.check import Place
from sickbay.checks.finding import Finding, unmeasured
from sickbay.checks.protocol import Heard
from sickbay.checks.running import Result
from sickbay.safety.outcome import NotMeasured

PROJECT_SECONDS = 12.0

_PROGRAM = "import sys; from sickbay.checks.answering import main; main(int(sys.argv[1]))"
_BLOCK = 65536
_ERRORS_KEPT = 4096

#: A process that has said everything is over within moments.
_SECONDS_TO_END = 1.0

_WITHOUT_US = "No module named 'sickbay"

#: The check's id where the project did not get as far as naming its own.
PROJECT = "project"


@dataclass(frozen=True, kw_only=True)
class _Ended:
    """How the process ended. ``errors`` is the end of what it complained, ``seconds`` the time of its last check."""

    in_time: bool
    exit_code: int
    errors: str
    seconds: float


def ask_project(
    place: Place,
    interpreter: Path,
    *,
    seconds: float = PROJECT_SECONDS,
    told: Callable[[Heard], object] = lambda _: None,
) -> list[Result]:
    """Run the project's checks and return what they found. After ``seconds`` its process is ended, and its children."""
    listening = _Listening(seconds, told)
    try:
        ended = _ran(place, interpreter, listening)
    except OSError as error:
        follows = "python" if isinstance(error, FileNotFoundError) else ""
        detail = f"{interpreter} cannot be started: {error.strerror}"
        return [_unasked(unmeasured(NotMeasured.MISSING_PROGRAM, detail, follows=follows))]
    return _results(listening.heard, ended, interpreter)


class _Listening:
    """What was heard so far, and until when more is waited for: each check has its time, and all together have."""

    def __init__(self, seconds: float, told: Callable[[Heard], object]) -> None:
        self.heard = Heard()
        self._told = told
        self._since = time.monotonic()
        self._end = self._since + seconds

    def feed(self, data: bytes) -> None:
        """Take what came."""
        before = self.heard.begun
        self._told(self.heard.feed(data))
        if self.heard.begun != before:
            self._since = time.monotonic()

    @property
    def left(self) -> float:
        """Seconds that are left for the check at work, or for what comes before the first."""
        return min(self._end, self._since + self.heard.seconds) - time.monotonic()

    @property
    def passed(self) -> float:
        """Seconds that it has been at work."""
        return time.monotonic() - self._since


def _ran(place: Place, interpreter: Path, listening: _Listening) -> _Ended:
    """Start the process, listen to it, and end it and all that it started. Raises ``OSError``."""
    answers, answering = os.pipe()
    try:
        try:
            child = _started(place, interpreter, answering)
        finally:
            os.close(answering)
        with child:
            try:
                errors, in_time = _followed(child, answers, listening)
                seconds = listening.passed
            finally:  # it is not waited for yet, so the number is still its own
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
    finally:
        os.close(answers)
    told = errors.decode("utf-8", "replace")
    return _Ended(in_time=in_time, exit_code=child.returncode, errors=told, seconds=seconds)


def _started(place: Place, interpreter: Path, answering: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  (an argument list, and no shell)
        [str(interpreter), "-c", _PROGRAM, str(answering)],
        cwd=place.folder,
        env=dict(place.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=(answering,),
        start_new_session=True,
    )


def _followed(child: subprocess.Popen[bytes], answers: int, listening: _Listening) -> tuple[bytes, bool]:
    """Listen until it has said everything or its time is over; return its last complaints, and which of the two."""
    errors = b""
    if child.stderr is None:
        raise ValueError("the process was started without a pipe for its errors")
    with selectors.DefaultSelector() as selector:
        selector.register(answers, selectors.EVENT_READ)
        selector.register(child.stderr.fileno(), selectors.EVENT_READ)
        while answers in selector.get_map():
            if (left := listening.left) <= 0:
                return errors, False
            for key, _ in selector.select(left):
                data = os.read(key.fd, _BLOCK)
                if not data:
                    selector.unregister(key.fd)
                elif key.fd == answers:
                    listening.feed(data)
                else:
                    errors = (errors + data)[-_ERRORS_KEPT:]
    _let_end(child)
    os.set_blocking(child.stderr.fileno(), False)
    return (errors + (child.stderr.read() or b""))[-_ERRORS_KEPT:], True


def _let_end(child: subprocess.Popen[bytes]) -> None:
    """Give it a moment to end by itself, without taking its exit code."""
    ending = os.pidfd_open(child.pid)
    try:
        select.select([ending], [], [], _SECONDS_TO_END)
    finally:
        os.close(ending)


def _results(heard: Heard, ended: _Ended, interpreter: Path) -> list[Result]:
    if not ended.in_time:
        reason, why = NotMeasured.TIMEOUT, f"no answer in {ended.seconds:.0f} s"
    else:
        reason, why = NotMeasured.BROKEN, _how(ended)
    if heard.names_checks:
        return list(heard.results(reason, why, ended.seconds))
    if heard.has_announced:
        return [_unasked(unmeasured(NotMeasured.MISSING_PROGRAM, f"no package of {interpreter} brings checks"))]
    if _WITHOUT_US in ended.errors:
        advice = f"Install it there: {interpreter} -m pip install sickbay"
        detail = f"Sickbay is not installed for {interpreter}"
        return [_unasked(unmeasured(NotMeasured.MISSING_PROGRAM, detail, advice=advice))]
    return [_unasked(unmeasured(reason, why))]


def _how(ended: _Ended) -> str:
    last = [line.strip() for line in ended.errors.splitlines() if line.strip()][-1:]
    return ": ".join([f"its process ended with exit code {ended.exit_code}", *last])


def _unasked(finding: Finding) -> Result:
    return Result(id=PROJECT, title="the Django project", finding=finding, seconds=0.0)
