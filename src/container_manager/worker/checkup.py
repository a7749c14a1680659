"""Asking all hosts how they are, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from container_manager.executors.base import Fingerprint
from container_manager.executors.registry import UnknownExecutorError, build_executor
from container_manager.services.host_health import store_health
from container_manager.services.host_records import HostRecord, active_hosts, record_of, running_by_host
from container_manager.worker.bridge import Bridge, run_async
from container_manager.worker.host_session import Health, measure

#: A host that does not answer within this is not well.
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class HostCheck:
    """What was found out about one host."""

    name: str
    executor_type: str
    takes_new_work: bool
    running: int
    max_running: int
    healthy: bool
    detail: str
    version: str = ""
    latency_seconds: float | None = None
    memory_mb: int | None = None
    cpus: float | None = None


def check_hosts(names: Sequence[str] = ()) -> Sequence[HostCheck]:
    """Check all hosts in use, or those named, each within a time limit; store what was found."""
    return run_async(_check_hosts(names))


def check_host(host_id: int) -> Health:
    """Ask one host how it is, and store what was found."""
    return run_async(_check_host(host_id))


async def _check_host(host_id: int) -> Health:
    async with Bridge() as bridge:
        record = await bridge.call(record_of, host_id)
        health = await _measure(record)
        await bridge.call(store_health, record.pk, health.fingerprint, health.capacity)
    return health


async def _check_hosts(names: Sequence[str]) -> Sequence[HostCheck]:
    async with Bridge() as bridge:
        records = await bridge.call(active_hosts, names)
        running = await bridge.call(running_by_host)
        healths = await asyncio.gather(*(_measure(record) for record in records))
        for record, health in zip(records, healths, strict=True):
            await bridge.call(store_health, record.pk, health.fingerprint, health.capacity)
    return [_check(record, health, running) for record, health in zip(records, healths, strict=True)]


async def _measure(record: HostRecord) -> Health:
    try:
        executor = build_executor(record.executor_type, record.config)
    except (UnknownExecutorError, ValueError) as error:
        return Health(fingerprint=Fingerprint(healthy=False, detail=str(error)))
    try:
        return await measure(executor, seconds=PATIENCE_SECONDS)
    finally:
        await executor.close()


def _check(record: HostRecord, health: Health, running: Mapping[int, int]) -> HostCheck:
    capacity = health.capacity
    return HostCheck(
        name=record.name,
        executor_type=record.executor_type,
        takes_new_work=not record.is_draining,
        running=running.get(record.pk, 0),
        max_running=record.max_running,
        healthy=health.fingerprint.healthy,
        detail=health.fingerprint.detail,
        version=health.fingerprint.version,
        latency_seconds=health.fingerprint.latency_seconds,
        memory_mb=capacity.memory_mb if capacity else None,
        cpus=capacity.cpus if capacity else None,
    )
