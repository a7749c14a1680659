"""A platform in memory: what it holds, what it announces, and the troubles that a test can make on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from container_manager.executors.base import (
    AttemptKey,
    ExecutorUnavailableError,
    Handle,
    Hint,
    HintKind,
    LaunchRefusedError,
)
from container_manager.executors.fake.program import FakeAttempt, FakeProgram
from container_manager.executors.fake.timekeeping import RealTime, Time
from container_manager.runspec.spec import RunSpec

Script = FakeProgram | Callable[[RunSpec], FakeProgram]


class FakeMisuseError(AssertionError):
    """The fake was used in a way that the real thing would not bear, or that no script foresees."""


class FakePlatform:
    """Holds attempts in memory. Several executors may share one, as several workers share an engine."""

    def __init__(self, *, time: Time | None = None) -> None:
        self.time = time or RealTime()
        self._scripts: list[tuple[str | None, tuple[str, ...] | None, Script]] = []
        self._attempts: dict[Handle, FakeAttempt] = {}
        self._announced: list[Hint] = []
        self._waiters: set[asyncio.Event] = set()
        self._down = ""

    # For tests

    def script(self, program: Script, *, image: str | None = None, command: tuple[str, ...] | None = None) -> None:
        """Say what runs for this image, this command, or both; without either, for everything."""
        self._scripts.append((image, command, program))

    def go_down(self, reason: str = "the fake platform is down") -> None:
        """Answer nothing from now on. Attempts go on."""
        self._down = reason
        self.wake()

    def come_back(self) -> None:
        """Answer again."""
        self._down = ""

    def lose(self, key: AttemptKey) -> None:
        """Forget an attempt, as a platform does whose disk was lost."""
        self._attempts.pop(self._known(key).key.name)
        self.wake()

    def send_signal(self, key: AttemptKey, signal: int) -> None:
        """Send a signal to an attempt from outside."""
        self.signal(self._known(key), signal)

    def prepare(self, key: AttemptKey, spec: RunSpec) -> None:
        """Leave what a launch leaves that was cut short before the start."""
        self._attempts[key.name] = FakeAttempt(key=key, spec=spec, program=self._program(spec))

    def held(self) -> tuple[AttemptKey, ...]:
        """Return every attempt that was not removed."""
        return tuple(sorted(attempt.key for attempt in self._attempts.values()))

    def inputs(self, key: AttemptKey) -> Mapping[str, bytes]:
        """Return what was put into an attempt, by its paths."""
        return self._known(key).inputs

    # For executors

    @property
    def down(self) -> str:
        """Why the platform does not answer, empty where it does."""
        return self._down

    def check(self) -> None:
        """Raise where the platform does not answer."""
        if self._down:
            raise ExecutorUnavailableError(self._down)

    def held_by(self, installation: str) -> list[FakeAttempt]:
        """Return what is held of one installation."""
        return [attempt for attempt in self._attempts.values() if attempt.key.installation == installation]

    def get(self, handle: Handle) -> FakeAttempt | None:
        """Return the attempt by this handle."""
        return self._attempts.get(handle)

    def launch(self, key: AttemptKey, spec: RunSpec, inputs: Mapping[str, bytes]) -> None:
        """Start an attempt unless it was started already."""
        attempt = self._attempts.get(key.name)
        if attempt is None:
            attempt = FakeAttempt(key=key, spec=spec, program=self._program(spec))
        elif attempt.spec != spec:
            raise FakeMisuseError(f"{key.name} is launched again with another spec: {attempt.spec}, now {spec}")
        refusal = attempt.program.refusal
        if refusal is not None:
            self._attempts.pop(key.name, None)
            raise LaunchRefusedError(
                refusal.message, reason=refusal.reason, exit_code=refusal.exit_code, transient=refusal.transient
            )
        self._attempts[key.name] = attempt
        if attempt.started_at is None:
            attempt.inputs = dict(inputs)
            attempt.started_at = self.time.now()
            self.announce(Hint(kind=HintKind.STARTED, key=key))

    def signal(self, attempt: FakeAttempt, signal: int) -> None:
        """Deliver a signal."""
        attempt.kill(signal, self.time.now())
        self.announce(Hint(kind=HintKind.SIGNALLED, key=attempt.key, signal=signal))

    def remove(self, handle: Handle) -> None:
        """Forget an attempt on request."""
        attempt = self._attempts.pop(handle, None)
        if attempt is not None:
            self.announce(Hint(kind=HintKind.REMOVED, key=attempt.key))

    def announce(self, hint: Hint) -> None:
        """Tell every watcher."""
        self._announced.append(hint)
        self.wake()

    def announced(self) -> list[Hint]:
        """Return all hints so far, with the ends that have come by now."""
        now = self.time.now()
        for attempt in self._attempts.values():
            if attempt.is_over(now) and not attempt.end_announced:
                attempt.end_announced = True
                kinds = (HintKind.OOM, HintKind.ENDED) if attempt.program.oom_killed else (HintKind.ENDED,)
                self._announced += (Hint(kind=kind, key=attempt.key) for kind in kinds)
        return self._announced

    async def wait_for_change(self, attempts: list[FakeAttempt]) -> None:
        """Return when one of these attempts writes or ends by itself, or when anything else happens here."""
        now, changed = self.time.now(), asyncio.Event()
        until = min((attempt.next_change(now) for attempt in attempts), default=float("inf"))
        self._waiters.add(changed)
        waits: list[asyncio.Task[Any]] = [asyncio.create_task(changed.wait())]
        if until != float("inf"):
            waits.append(asyncio.create_task(self.time.sleep(until - now)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waiters.discard(changed)
            for wait in waits:
                wait.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await wait

    def wake(self) -> None:
        """Let everybody who waits look again."""
        for waiter in self._waiters:
            waiter.set()

    def _known(self, key: AttemptKey) -> FakeAttempt:
        try:
            return self._attempts[key.name]
        except KeyError:
            held = ", ".join(other.name for other in self.held()) or "nothing"
            raise FakeMisuseError(f"{key.name} is not here; the platform holds {held}") from None

    def _program(self, spec: RunSpec) -> FakeProgram:
        for image, command, script in reversed(self._scripts):
            if image in {None, spec.image} and command in {None, spec.command}:
                return script if isinstance(script, FakeProgram) else script(spec)
        raise FakeMisuseError(f"no script says what {spec.image} does with the command {spec.command}")


_PLATFORMS: dict[str, FakePlatform] = {}


def platform(name: str) -> FakePlatform:
    """Return the platform of the host with this name, the same one until :func:`forget_platforms`."""
    return _PLATFORMS.setdefault(name, FakePlatform())


def forget_platforms() -> None:
    """Begin anew, as between two tests."""
    _PLATFORMS.clear()
