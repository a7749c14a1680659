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

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from container_manager.executors.observations import (
    AttemptKey,
    Exited,
    Found,
    Handle,
    Hint,
    HintKind,
    LogCursor,
    LogFrame,
    Lost,
    Observation,
    Prepared,
    PullProgress,
    Running,
    Sample,
    Stream,
    StreamPosition,
    Usage,
    UsageSource,
)
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import RunSpec

__all__ = [
    "AttemptKey",
    "Capabilities",
    "Capacity",
    "Executor",
    "ExecutorError",
    "ExecutorUnavailableError",
    "Exited",
    "Fingerprint",
    "Found",
    "Handle",
    "Hint",
    "HintKind",
    "InputFile",
    "InputUnreadableError",
    "LaunchRefusedError",
    "LogCursor",
    "LogFrame",
    "Lost",
    "Observation",
    "OutputMissingError",
    "Prepared",
    "PullProgress",
    "Running",
    "Sample",
    "Stream",
    "StreamPosition",
    "Usage",
    "UsageSource",
]


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
    entrypoints: bool = False
    swap_limit: bool = False
    shm_size: bool = False
    gpus: bool = False
    """Whether it can be asked for graphics processors; whether a host has any is known when it starts something."""
    ulimits: bool = False
    stop_signals: bool = False
    ports: bool = False
    name_resolution: bool = False
    """Whether ``dns``, ``dns_search``, and ``extra_hosts`` are applied."""
    secret_files: bool = False
    """Whether secrets can be given as files that never reach a disk."""
    secret_paths: bool = False
    """Whether such a file can have any path; else only one in the directory that ``SICKBAY_SECRETS`` names."""
    transfers: bool = False
    """Whether files can be put in before the start, and taken out after the end."""


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


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file to put into an attempt before its start. ``open`` blocks, and may be called again."""

    path: str
    """Absolute, as the program sees it."""
    size: int
    open: Callable[[], BinaryIO] = field(repr=False, compare=False)


class ExecutorError(Exception):
    """Base of everything an executor raises on purpose."""


class ExecutorUnavailableError(ExecutorError):
    """The platform did not answer, or not in time. Nothing follows from it about any attempt; ask again."""


class LaunchRefusedError(ExecutorError):
    """The platform refused to start this attempt, and nothing of it is left there.

    ``reason`` is decided by codes and structured fields, ``message`` is the platform's own text, unabridged.
    ``exit_code`` is what the same refusal gives on the platform's own command line (125 to 127 for Docker), if any.
    ``transient`` says that the same launch may succeed later with nothing changed: a registry that was busy, broken,
    or silent, a host port that somebody holds. Without it another try would only be refused again.
    """

    def __init__(
        self, message: str, *, reason: FailureReason, exit_code: int | None = None, transient: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.exit_code = exit_code
        self.transient = transient


class InputUnreadableError(ExecutorError):
    """An input cannot be read, or has changed: another try would find the same."""


class OutputMissingError(ExecutorError):
    """The attempt has nothing at the path that was asked for. The message says so in a few words."""


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

    async def launch(self, key: AttemptKey, spec: RunSpec, inputs: Sequence[InputFile] = ()) -> Handle:
        """Start the attempt, or adopt it where it already exists.

        Brings the image where it is missing, and puts the inputs in before the start; they belong to the attempt's
        user where that is a number. Returns once the platform has started it (it may be over by then).
        Raises :class:`LaunchRefusedError` (nothing is left behind) or :class:`ExecutorUnavailableError` (it may or
        may not exist: ``adopt`` tells).
        """
        ...

    def pull_progress(self, key: AttemptKey) -> PullProgress | None:
        """How far the pull has come that a ``launch`` under way waits for; ``None`` where none does. Asks nobody."""
        ...

    async def adopt(self, installation: str) -> Sequence[Found]:
        """List every attempt of this installation that the platform holds: prepared, running, over, or what is left.

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
        """Ask the attempt to end, and after ``grace_seconds`` make it (``SIGKILL``), children included.

        It is asked by its spec's stop signal, otherwise by the image's own, ``SIGTERM`` where that names none.

        Returns once it is over. Succeeds for one that is over or gone.
        """
        ...

    async def outcome(self, handle: Handle) -> Observation:
        """Say what the platform knows of the attempt now. Raises :class:`ExecutorUnavailableError`."""
        ...

    async def sample(self, handles: Collection[Handle]) -> Mapping[Handle, Sample]:
        """Measure what these attempts use now, all in one pass.

        One that does not run, is unknown, or cannot be measured is left out. Where usage is not counted by the kernel,
        the figures of an attempt's ``Usage`` come from these samples alone. Raises :class:`ExecutorUnavailableError`.
        """
        ...

    def output(self, handle: Handle, path: str) -> AsyncIterator[bytes]:
        """Yield what an attempt that is over has at an absolute path, as a tar archive, piece by piece.

        The first member is the file itself, or the directory before everything in it. Raises
        :class:`OutputMissingError`, and :class:`ExecutorUnavailableError`; it can be asked again until ``remove``.
        """
        ...

    async def remove(self, handle: Handle) -> None:
        """Remove the attempt and everything of it from the platform, its logs too. Succeeds where it is gone."""
        ...

    async def close(self) -> None:
        """Give back connections and watchers. Attempts keep running."""
        ...
