"""An executor host as a case: what it answers now, and, where it is not well, what was found about it before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from container_manager.executors.base import Fingerprint
from container_manager.executors.registry import UnknownExecutorError, build_executor
from container_manager.models import ExecutorHost
from container_manager.services.host_health import HostCheckDetail, host_history
from container_manager.services.host_records import record
from container_manager.services.hosts import known_host
from container_manager.troubleshooting.facts import as_facts
from sickbay.facts.model import Facts, FactValue, TextSource
from sickbay.facts.text import text_source

#: A host that does not answer within this is not well.
PATIENCE_SECONDS = 10.0


def facts_of_host(name: str) -> Facts:
    """Ask a host how it is, and return that with what the database knows of it. Nothing is stored.

    Texts, where it is not well: ``health`` is its answer now, ``history`` what failed checks found before.

    Raises :class:`~container_manager.services.errors.UnknownHostError`.
    """
    host = known_host(name)
    found = asyncio.run(_asked(host))
    values: dict[str, FactValue | None] = {
        "host_is_healthy": found.healthy,
        "host_is_held_off": host.is_held_off,
        "executor": host.executor_type,
        "host_memory_mb": host.memory_mb,
        "host_cpus": host.cpus,
    }
    is_well = found.healthy and not host.is_held_off
    texts = () if is_well else tuple(_texts(found, host_history(name)))
    return Facts(values={fact.name: fact for fact in as_facts("host", values)}, texts=texts)


async def _asked(host: ExecutorHost) -> Fingerprint:
    given = record(host)
    try:
        executor = build_executor(given.executor_type, given.config)
    except (UnknownExecutorError, ValueError) as error:
        return Fingerprint(healthy=False, detail=str(error))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await executor.check_health()
    except TimeoutError:
        return Fingerprint(healthy=False, detail=f"no answer within {PATIENCE_SECONDS:g} s")
    finally:
        await executor.close()


def _texts(found: Fingerprint, history: Sequence[HostCheckDetail]) -> Iterator[TextSource]:
    if not found.healthy:
        yield text_source("health", found.detail.encode("utf-8", "replace"))
    lines = [f"{check.at:%Y-%m-%dT%H:%M:%SZ} {check.detail}" for check in reversed(history) if not check.is_healthy]
    if lines:
        yield text_source("history", "\n".join(lines).encode("utf-8", "replace"))
