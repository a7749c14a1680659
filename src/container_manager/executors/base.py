"""The treaty between the worker and whatever runs containers.

An executor runs attempts on one kind of platform. It is asynchronous, knows neither Django nor the database, decides
nothing about jobs, and reports what the platform says as an :data:`Observation`. Every executor passes the contract
suite in ``tests/contract``; what one platform cannot do is said in its :class:`Capabilities` and refused before
anything is started.

Order of calls
    ``launch`` once per attempt (again after a crash), then any number of ``outcome`` and ``logs``, ``stop`` if it
    must end, ``remove`` once its outcome and its logs are safe. ``adopt`` may be called at any time and finds again
    what ``launch`` left behind, also in a new process. ``close`` last; nothing may be called after it.

What may run at once
    Every method may be called concurrently with every other, also for the same attempt. No method blocks the
    event loop.

Idempotence
    ``launch`` is idempotent by the attempt's name: an attempt that already exists on the platform, because an
    earlier answer was lost, is adopted and never doubled. ``stop`` and ``remove`` of something that is gone succeed.

Who cleans up
    A ``launch`` that raises leaves nothing behind. After a successful ``launch`` the platform keeps the attempt, its
    exit code, and its logs until ``remove``. No executor ever removes by itself.

Time
    Every call to the platform has a time limit of its own. A platform that does not answer raises
    :class:`ExecutorUnavailableError`, which says nothing about the attempt: ask again later.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import RunSpec

Handle = str
"""By which an executor finds an attempt again. Opaque to everybody else; survives a restart of the worker."""


@dataclass(frozen=True, kw_only=True, order=True)
class AttemptKey:
    """Which attempt: its name on every platform, unique for all time.

    ``installation`` tells this database's attempts from those of any other on the same platform.
    """

    installation: str
    job_id: int
    number: int

    @property
    def name(self) -> str:
        """The name of the attempt's container."""
        return f"sickbay-{self.installation}-{self.job_id}-{self.number}"


class Stream(StrEnum):
    """Which of a program's two outputs."""

    STDOUT = "stdout"
    STDERR = "stderr"


@dataclass(frozen=True, kw_only=True)
class StreamPosition:
    """How far one stream has been read: the last frame's time stamp and how many frames bear it.

    Both are needed, because several frames may carry the same time stamp.
    """

    nanoseconds: int
    """Since the Unix epoch, in the platform's clock."""
    frames: int


@dataclass(frozen=True, kw_only=True)
class LogCursor:
    """How far an attempt's log has been read. ``None`` for a stream means: from its beginning."""

    stdout: StreamPosition | None = None
    stderr: StreamPosition | None = None


@dataclass(frozen=True, kw_only=True)
class LogFrame:
    """Bytes as the program wrote them, with when, and the cursor behind them.

    Reading again from ``cursor`` yields exactly the frames that followed this one.
    """

    stream: Stream
    written_at: datetime
    data: bytes
    cursor: LogCursor
    after_gap: bool = False
    """Whether the platform may have dropped output between the frame before it and this one."""


class UsageSource(StrEnum):
    """How a usage figure was come by."""

    EXACT = "exact"
    """Read from the kernel's own counters after the end."""
    SAMPLED = "sampled"
    """The largest of the samples taken while it ran: the true peak may be higher."""
    NONE = "none"
    """Nothing could be read."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What an attempt used. ``None`` means not measured, never zero."""

    peak_memory_bytes: int | None = None
    cpu_seconds: float | None = None
    oom_kills: int | None = None
    """Processes the kernel killed at the attempt's memory limit, children included."""
    source: UsageSource = UsageSource.NONE


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The attempt exists on the platform but was not started: a ``launch`` was cut short; repeating it finishes it."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """The platform runs the attempt now."""

    started_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Exited:
    """The attempt's main process is over. The code, the times, and the logs are final."""

    exit_code: int
    """As the program gave it; 128 + N where signal N ended it and the platform reports nothing finer."""
    signal: int | None = None
    """The signal that ended the main process, where the platform tells."""
    oom_killed: bool = False
    """Whether the kernel killed any of its processes at the attempt's memory limit, a child included."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    usage: Usage = Usage()


@dataclass(frozen=True, kw_only=True)
class Lost:
    """The platform does not know this attempt (any more); how it ended cannot be known."""

    detail: str


Observation = Prepared | Running | Exited | Lost


@dataclass(frozen=True, kw_only=True)
class Found:
    """An attempt of ours that the platform holds, running or over."""

    key: AttemptKey
    handle: Handle
    observation: Prepared | Running | Exited


class HintKind(StrEnum):
    """What a platform announced."""

    STARTED = "started"
    ENDED = "ended"
    OOM = "oom"
    SIGNALLED = "signalled"
    """Somebody sent it a signal through the platform; ``signal`` says which."""
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True)
class Hint:
    """Something the platform announced about one attempt: a hint that may be late, doubled, or missing."""

    kind: HintKind
    key: AttemptKey
    signal: int | None = None


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What an executor can honor. What it cannot is refused at submit or launch, never ignored in silence."""

    isolated: bool
    """Whether an attempt is kept apart from the host. ``False`` is refused in production unless allowed."""
    images: bool
    """Whether it runs the job's image. ``False``: the command runs as it is on the machine."""
    mounts: bool
    memory_limit: bool
    cpu_limit: bool
    users: bool
    networks: bool
    pids_limit: bool
    hardening: bool
    """Whether ``RunSpec.hardening`` is applied."""


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """Is the platform there and well, and what is it."""

    healthy: bool
    detail: str
    """One line for a person; when not healthy, the platform's own words."""
    version: str = ""
    latency_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What the platform has in all. ``None`` means it cannot tell."""

    memory_mb: int | None = None
    cpus: float | None = None


class ExecutorError(Exception):
    """Base of everything an executor raises on purpose."""


class ExecutorUnavailableError(ExecutorError):
    """The platform did not answer, or not in time. Nothing follows from it about any attempt; ask again."""


class LaunchRefusedError(ExecutorError):
    """The platform refused to start this attempt, and nothing of it is left there.

    ``reason`` is decided by codes and structured fields, ``message`` is the platform's own text, unabridged.
    ``exit_code`` is what the same refusal gives on the platform's own command line (125 to 127 for Docker), if any.
    """

    def __init__(self, message: str, *, reason: FailureReason, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.exit_code = exit_code


class Executor(Protocol):
    """One configured platform. See the module's docstring for the whole contract."""

    @property
    def capabilities(self) -> Capabilities:
        """What this executor can honor."""
        ...

    async def check_health(self) -> Fingerprint:
        """Ask the platform how it is. Never raises for a sick platform: it says so in the answer."""
        ...

    async def capacity(self) -> Capacity:
        """Return what the platform has in all. Raises :class:`ExecutorUnavailableError`."""
        ...

    async def launch(self, key: AttemptKey, spec: RunSpec) -> Handle:
        """Start the attempt, or adopt it where it already exists.

        Brings the image where it is missing. Returns once the platform has started it (it may be over by then).
        Raises :class:`LaunchRefusedError` (nothing is left behind) or :class:`ExecutorUnavailableError` (it may or
        may not exist: ``adopt`` tells).
        """
        ...

    async def adopt(self, installation: str) -> Sequence[Found]:
        """List every attempt of this installation that the platform holds: prepared, running, or over.

        This is also the list by which the worker reconciles. Raises :class:`ExecutorUnavailableError`.
        """
        ...

    def watch(self, installation: str) -> AsyncIterator[Hint]:
        """Follow what the platform announces about this installation's attempts.

        Ends, or raises :class:`ExecutorUnavailableError`, when the connection does; that means "ask again", never
        that an attempt ended.
        """
        ...

    def logs(self, handle: Handle, *, cursor: LogCursor, follow: bool) -> AsyncIterator[LogFrame]:
        """Yield the frames behind ``cursor``, each stream in the order it was written.

        With ``follow`` it goes on until the attempt is over; without, it ends with what is there now. Not following
        is complete once the attempt has exited. Yields nothing for an attempt the platform does not know.
        """
        ...

    async def stop(self, handle: Handle, *, grace_seconds: float) -> None:
        """Ask the attempt to end (``SIGTERM``), and after ``grace_seconds`` make it (``SIGKILL``), children included.

        Returns once it is over. Succeeds for one that is over or gone.
        """
        ...

    async def outcome(self, handle: Handle) -> Observation:
        """Say what the platform knows of the attempt now. Raises :class:`ExecutorUnavailableError`."""
        ...

    async def remove(self, handle: Handle) -> None:
        """Remove the attempt and everything of it from the platform, its logs too. Succeeds where it is gone."""
        ...

    async def close(self) -> None:
        """Give back connections and watchers. Attempts keep running."""
        ...
