"""A host for those who have not configured one: what this machine has, taken on request and never in silence."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from container_manager.executors.registry import UnknownExecutorError, build_executor
from container_manager.services.host_records import HostRecord, active_hosts, add_host, isolation_refusal
from container_manager.worker.bridge import run_async
from container_manager.worker.host_session import measure

DOCKER_HOST_NAME = "local"
PROCESS_HOST_NAME = "this-machine"

#: Attempts for each processor of this machine that its default host may hold.
_RUNNING_PER_CPU = 2

_PATIENCE_SECONDS = 5.0

_ADVICE = (
    "Start Docker (`systemctl start docker`), or add a host: "
    "ExecutorHost.objects.create(name='remote', executor_type='docker', address='tcp://…')."
)


@dataclass(frozen=True, kw_only=True)
class DefaultHost:
    """The host that was taken, and what to call it to a person."""

    name: str
    executor_type: str
    words: str


class NoHostError(Exception):
    """Nothing here can run a job. The message says what was tried and what to do."""


def ensure_default_host() -> DefaultHost:
    """Return a host that is well now: a configured one, else this machine's Docker engine, else plain processes.

    The latter two are registered as hosts when they are first taken. Raises :class:`NoHostError`.
    """
    records = active_hosts()
    known = {record.name for record in records}
    offered = [(record, f"the host {record.name!r}") for record in records]
    offered += [(record, words) for record, words in _unregistered() if record.name not in known]
    tried: list[str] = []
    for record, words in offered:
        complaint = run_async(_complaint(record))
        if not complaint:
            registered = add_host(record.name, executor_type=record.executor_type, max_running=_places())
            if registered.is_available:
                return DefaultHost(name=record.name, executor_type=record.executor_type, words=words)
            complaint = "it takes no new work: it is switched off or draining"
        tried.append(f"  {record.name} ({record.executor_type}): {complaint}")
    raise NoHostError("Nothing here can run a job. Tried:\n" + "\n".join(tried) + "\n" + _ADVICE)


def _unregistered() -> list[tuple[HostRecord, str]]:
    docker = HostRecord(pk=0, name=DOCKER_HOST_NAME, executor_type="docker", address="", options={}, is_available=True)
    process = replace(docker, name=PROCESS_HOST_NAME, executor_type="process")
    return [
        (docker, "this machine's Docker engine"),
        (process, "this machine, as a plain process: no Docker engine answers, so nothing is kept apart from the host"),
    ]


async def _complaint(record: HostRecord) -> str:
    """Say what keeps a host from running something now, having asked it."""
    if refusal := isolation_refusal(record):
        return refusal
    try:
        executor = build_executor(record.executor_type, record.config)
    except (UnknownExecutorError, ValueError) as error:
        return str(error)
    try:
        fingerprint = (await measure(executor, seconds=_PATIENCE_SECONDS)).fingerprint
    finally:
        await executor.close()
    return "" if fingerprint.healthy else fingerprint.detail


def _places() -> int:
    return _RUNNING_PER_CPU * (os.cpu_count() or 1)
