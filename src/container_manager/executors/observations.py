"""What passes between an executor and the worker: which attempt, what its platform says of it, and its output.

Everybody takes these from :mod:`container_manager.executors.base`, whose treaty gives them their meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from container_manager.runspec.spec import PublishedPort

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
    """Processes the kernel killed at the attempt's memory limit, children included; never more than there were."""
    throttled_seconds: float | None = None
    """How long its processes were held back at the CPU limit, summed over processors."""
    throttled_periods: int | None = None
    """In how many of the limit's periods it was held back, of ``cpu_periods`` in which it ran."""
    cpu_periods: int | None = None
    io_read_bytes: int | None = None
    """Bytes read from block devices; what came from the page cache does not count."""
    io_write_bytes: int | None = None
    pids_peak: int | None = None
    """The most processes and threads that lived at once."""
    source: UsageSource = UsageSource.NONE
    sampled: frozenset[str] = frozenset()
    """The names of figures that are only sampled, though ``source`` is exact."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What a running attempt uses at a moment. ``None`` means not measured."""

    memory_bytes: int | None = None
    """Without the page cache that the kernel can drop at will, where that is told apart."""
    cpu_seconds: float | None = None
    """Since its start."""
    pids: int | None = None


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The attempt exists on the platform but was not started: a ``launch`` was cut short; repeating it finishes it."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """The platform runs the attempt now. ``ports`` are those that it published, each with its real host port."""

    started_at: datetime | None = None
    ports: tuple[PublishedPort, ...] = ()


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
    """An attempt of ours that the platform holds, running or over.

    ``Lost`` where something of it is left to remove, but how it ended cannot be known.
    """

    key: AttemptKey
    handle: Handle
    observation: Observation


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
class PullProgress:
    """How far a pull has come. ``bytes_total`` grows while the registry tells of further layers."""

    image: str
    bytes_done: int
    bytes_total: int
