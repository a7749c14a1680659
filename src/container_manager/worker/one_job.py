"""Running one job in this process and showing what it writes, as ``docker run`` does."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Unpack

from container_manager.executors.base import Stream
from container_manager.lifecycle.machine import Transition
from container_manager.lifecycle.status import FailureReason, Status
from container_manager.request.job_request import JobRequestFields
from container_manager.services.cancel import cancel_job
from container_manager.services.claims import ClaimedAttempt
from container_manager.services.errors import ServiceError
from container_manager.services.job_detail import JobDetail, load_job_detail
from container_manager.services.kept_jobs import submit_kept
from container_manager.services.log_layout import Segment
from container_manager.services.recording_ends import Ending
from container_manager.worker.bridge import Bridge, run_async
from container_manager.worker.supervisor import Supervisor, WorkerOptions, default_name

Show = Callable[[Stream, bytes], None]
"""Shows a piece of what the program wrote, its secrets masked."""

Warn = Callable[[str], None]
"""Tells of something doubtful in the request."""

#: What `docker run` and `timeout` exit with where a job has no exit code of its own.
_NOT_STARTED = 125
_TIMED_OUT = 124
_INTERRUPTED = 130
_SIGNAL_BASE = 128


def run_one_job(show: Show, warn: Warn, *, host: str, **fields: Unpack[JobRequestFields]) -> JobDetail:
    """Make a job, run it here, and return it when it is over. Ctrl-C and ``SIGTERM`` cancel it.

    Raises :class:`~container_manager.validation.problems.InvalidJobError`; nothing is stored then.
    """
    worker = f"{default_name()}-run"
    submitted = submit_kept(worker, host=host, **fields)
    for warning in submitted.warnings:
        warn(warning)
    job_id = submitted.id
    run_async(_run(WorkerOptions(name=worker, concurrency=1, only_job=job_id), job_id, show))
    return load_job_detail(job_id)


def exit_code_of(job: JobDetail) -> int:
    """Return what a command that ran this job exits with: the job's own code wherever it has one."""
    attempt = job.last_attempt
    if job.status is Status.COMPLETED:
        return 0
    if job.status is Status.TIMEOUT:
        return _TIMED_OUT
    if job.status is Status.CANCELLED or attempt is None:
        return _INTERRUPTED
    if attempt.failure_reason == FailureReason.LOST or attempt.exit_code is None:
        return _NOT_STARTED
    return attempt.exit_code if attempt.exit_code >= 0 else _SIGNAL_BASE - attempt.exit_code


async def _run(options: WorkerOptions, job_id: int, show: Show) -> None:
    async with Bridge() as bridge:
        supervisor = Supervisor(options, bridge, _LiveOutput(show))
        cancellations: set[asyncio.Task[None]] = set()

        def cancel() -> None:
            # A second Ctrl-C does not wait: the job is being cancelled, and the next worker sees to it.
            if cancellations:
                supervisor.stop()
            cancellations.add(asyncio.create_task(_cancel(bridge, job_id)))

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, cancel)
        await supervisor.run()
        await asyncio.gather(*cancellations)


async def _cancel(bridge: Bridge, job_id: int) -> None:
    with suppress(ServiceError):
        await bridge.call(cancel_job, job_id)


class _LiveOutput:
    """A reporter that shows the program's output and nothing else."""

    def __init__(self, show: Show) -> None:
        self._show = show

    def started(self, claimed: ClaimedAttempt, *, again: bool) -> None:
        """Show nothing."""

    def output(self, claimed: ClaimedAttempt, segments: Sequence[Segment]) -> None:
        """Show a piece of the log."""
        for segment in segments:
            self._show(Stream(segment.stream), segment.data)

    def ended(self, claimed: ClaimedAttempt, ending: Ending, result: Transition) -> None:
        """Show nothing."""
