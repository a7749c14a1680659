"""What a fake program does, and what is true of it at a moment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from container_manager.executors.base import AttemptKey, Sample, Stream, Usage
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import RunSpec
from container_manager.runspec.stop_signal import signal_number

SIGTERM = 15
SIGKILL = 9


@dataclass(frozen=True, kw_only=True)
class FakeWrite:
    """Bytes written some seconds after the start."""

    data: bytes
    stream: Stream = Stream.STDOUT
    after: float = 0.0


@dataclass(frozen=True)
class FakeRefusal:
    """The platform refuses to start the program."""

    message: str
    reason: FailureReason = FailureReason.IMAGE
    exit_code: int | None = 125
    transient: bool = False


@dataclass(frozen=True, kw_only=True)
class FakeProgram:
    """What happens when an attempt is launched.

    It writes ``stdout`` and ``stderr`` at once and ``writes`` at their times, lasts so many seconds, and ends with
    ``exit_code``, or by ``signal``. Its stop signal, SIGTERM unless the spec names one, ends it at once unless
    ``ignores_sigterm``.
    """

    stdout: bytes = b""
    stderr: bytes = b""
    writes: tuple[FakeWrite, ...] = ()
    lasts: float = 0.0
    exit_code: int = 0
    signal: int | None = None
    oom_killed: bool = False
    usage: Usage = field(default_factory=Usage)
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What it leaves, by absolute paths."""
    ignores_sigterm: bool = False
    refusal: FakeRefusal | None = None

    def __post_init__(self) -> None:
        if self.signal is not None and self.exit_code:
            raise ValueError("a program ends by a signal or with an exit code, not both")
        if self.lasts < 0 or any(not 0 <= write.after <= self.lasts for write in self.writes):
            raise ValueError("a program cannot last less than nothing, nor write before its start or after its end")

    @property
    def code(self) -> int:
        """The exit code, 128 and the signal where one ends it."""
        return self.exit_code if self.signal is None else 128 + self.signal

    def all_writes(self) -> tuple[FakeWrite, ...]:
        """Return everything it writes, in order."""
        first = (FakeWrite(data=self.stdout), FakeWrite(data=self.stderr, stream=Stream.STDERR))
        return tuple(sorted((write for write in (*first, *self.writes) if write.data), key=lambda write: write.after))


@dataclass(kw_only=True)
class FakeAttempt:
    """An attempt that the platform holds. Times are seconds since the epoch."""

    key: AttemptKey
    spec: RunSpec
    program: FakeProgram
    inputs: dict[str, bytes] = field(default_factory=dict)
    started_at: float | None = None
    killed_at: float | None = None
    killed_by: int | None = None
    end_announced: bool = False

    @property
    def stop_signal(self) -> int:
        """The number of the signal by which it is asked to end."""
        return signal_number(self.spec.stop_signal) if self.spec.stop_signal else SIGTERM

    @property
    def ends_at(self) -> float:
        """When it ended, or will end if nobody stops it."""
        natural = float("inf") if self.started_at is None else self.started_at + self.program.lasts
        return natural if self.killed_at is None else min(natural, self.killed_at)

    @property
    def was_killed(self) -> bool:
        """Whether a signal from outside ended it before its time."""
        return self.killed_at is not None and self.killed_at == self.ends_at

    def is_over(self, now: float) -> bool:
        """Whether it has ended by now."""
        return self.ends_at <= now

    def written(self, now: float) -> list[tuple[float, FakeWrite]]:
        """Return what it has written by now, with when."""
        if self.started_at is None:
            return []
        timed = ((self.started_at + write.after, write) for write in self.program.all_writes())
        return [(at, write) for at, write in timed if at <= min(now, self.ends_at)]

    def next_change(self, now: float) -> float:
        """Return when it next writes or ends, infinity if never."""
        if self.started_at is None or self.is_over(now):
            return float("inf")
        writes = (self.started_at + write.after for write in self.program.all_writes())
        return min((at for at in (*writes, self.ends_at) if at > now), default=float("inf"))

    def sample(self, now: float) -> Sample | None:
        """Return what it uses now, ``None`` where it does not run."""
        if self.started_at is None or self.is_over(now):
            return None
        usage = self.program.usage
        share = (now - self.started_at) / self.program.lasts
        seconds = None if usage.cpu_seconds is None else usage.cpu_seconds * share
        return Sample(memory_bytes=usage.peak_memory_bytes, cpu_seconds=seconds, pids=usage.pids_peak)

    def kill(self, signal: int, now: float) -> bool:
        """Take a signal; whether it ends the program."""
        if self.is_over(now) or (signal == self.stop_signal and self.program.ignores_sigterm):
            return False
        self.killed_at, self.killed_by = now, signal
        return True
