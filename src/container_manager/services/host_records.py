"""What is stored of hosts: how to reach them, and what their last health check found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.db.models import Count

from container_manager.conf import app_settings
from container_manager.executors.base import Capabilities
from container_manager.executors.registry import HostConfig, UnknownExecutorError, build_executor
from container_manager.models import Attempt, ExecutorHost


@dataclass(frozen=True, kw_only=True)
class HostRecord:
    """One host as the worker needs it. Two equal records are reached in the same way."""

    pk: int
    """0 for one that is not stored (yet)."""
    name: str
    executor_type: str
    address: str
    options: Mapping[str, object]
    is_available: bool
    is_draining: bool = False
    max_running: int = 0
    was_silent: bool = False
    """Whether it left its last launch without an answer."""

    @property
    def config(self) -> HostConfig:
        """How its executor reaches it."""
        return HostConfig(name=self.name, address=self.address, options=self.options)

    @property
    def way(self) -> tuple[str, str, str]:
        """What must stay the same for a connection to be kept."""
        return (self.executor_type, self.address, repr(self.options))


def active_hosts(names: Sequence[str] = ()) -> Sequence[HostRecord]:
    """Return every host that is in use, well or not; only those with these names where any are given."""
    hosts = ExecutorHost.objects.filter(is_active=True)
    return [record(host) for host in (hosts.filter(name__in=names) if names else hosts)]


def record_of(pk: int) -> HostRecord:
    """Return one host, in use or not: an attempt may still be on it."""
    return record(ExecutorHost.objects.get(pk=pk))


def running_by_host() -> Mapping[int, int]:
    """Return how many attempts live on each host; one with none is missing."""
    live = Attempt.objects.live().order_by().values_list("host")
    return dict(live.annotate(running=Count("pk")))


def add_host(name: str, *, executor_type: str, max_running: int) -> HostRecord:
    """Add a host unless one of this name exists, and return it. It was found well just now."""
    defaults = {"executor_type": executor_type, "max_running": max_running}
    host, _ = ExecutorHost.objects.get_or_create(name=name, defaults=defaults)
    if host.is_healthy is False:
        host.is_healthy = None
        host.save(update_fields=["is_healthy"])
    return record(host)


def capabilities_of(host: HostRecord) -> Capabilities:
    """Return what this host's executor can do. Raises what making one raises for a host that cannot be reached so."""
    return _capabilities(host.executor_type, host.address, json.dumps(host.options, sort_keys=True))


@lru_cache(maxsize=64)
def _capabilities(executor_type: str, address: str, options: str) -> Capabilities:
    config = HostConfig(name="", address=address, options=json.loads(options))
    return build_executor(executor_type, config).capabilities


def isolation_refusal(host: HostRecord) -> str:
    """Say why this host's executor may not run anything here, or return nothing."""
    if settings.DEBUG or app_settings().allow_unisolated:
        return ""
    try:
        if capabilities_of(host).isolated:
            return ""
    except (UnknownExecutorError, ValueError) as error:
        return f"Host {host.name!r} cannot be used: {error}"
    return (
        f"Host {host.name!r} runs commands without isolation ({host.executor_type}), which is refused where DEBUG is "
        "off. Use another host, or allow it on purpose with CONTAINER_MANAGER = {'allow_unisolated': True}."
    )


def record(host: ExecutorHost) -> HostRecord:
    """Return what the worker needs of a host."""
    return HostRecord(
        pk=host.pk,
        name=host.name,
        executor_type=host.executor_type,
        address=host.address,
        options=host.options,
        is_available=host.is_available,
        is_draining=host.is_draining,
        max_running=host.max_running,
        was_silent=host.silent_launches > 0,
    )
