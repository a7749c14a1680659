"""A worker on a platform in memory, in this process, with a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob
from container_manager.worker.bridge import Bridge, run_async
from container_manager.worker.progress import QuietReporter
from container_manager.worker.supervisor import Supervisor, WorkerOptions

PATIENCE_SECONDS = 60.0


@dataclass
class Running:
    """A worker at work, and how to see what it has done."""

    bridge: Bridge
    supervisor: Supervisor

    async def until(self, job: ContainerJob, status: Status) -> None:
        """Wait until the job has this status."""
        await self._until(_has_status, job.pk, status)

    async def until_over(self, job: ContainerJob) -> None:
        """Wait until nothing is left to do for the job."""
        await self._until(_is_over, job.pk)

    async def until_cleared(self, job: ContainerJob) -> None:
        """Wait until the job has ended for good and every attempt is cleared away."""
        await self._until(_is_cleared, job.pk)

    async def _until(self, is_true: Callable[..., bool], *arguments: object) -> None:
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while not await self.bridge.call(is_true, *arguments):
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.02)  # another thread writes it, and tells nobody


def work(scenario: Callable[[Running], Awaitable[None]], *, name: str = "one") -> None:
    """Run a worker in this process for as long as the scenario lasts."""

    async def main() -> None:
        async with Bridge() as bridge:
            supervisor = Supervisor(WorkerOptions(name=name, concurrency=10), bridge, QuietReporter())
            work = asyncio.create_task(supervisor.run())
            try:
                await scenario(Running(bridge, supervisor))
            finally:
                supervisor.stop()
                await work

    run_async(main())


def status_of(pk: int) -> Status:
    """Where a job stands."""
    return Status(ContainerJob.objects.values_list("status", flat=True).get(pk=pk))


def _has_status(pk: int, status: Status) -> bool:
    return status_of(pk) is status


def _is_over(pk: int) -> bool:
    return Attempt.objects.filter(job=pk, removed_at__isnull=False).exists()


def _is_cleared(pk: int) -> bool:
    job = ContainerJob.objects.get(pk=pk)
    return job.is_terminal and job.lease_owner == ""
