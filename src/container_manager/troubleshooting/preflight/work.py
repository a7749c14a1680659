"""Workers, waiting jobs, and hosts, read from the jobs' database; engines on this machine are asked themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from container_manager.conf import app_settings
from container_manager.executors.docker.address import endpoint_of
from container_manager.models import ContainerJob, ExecutorHost, Worker
from container_manager.services.waiting import workers_alive
from container_manager.troubleshooting.preflight.work_judgments import HostReading, WorkReading
from sickbay.checks import Place
from sickbay.safety.engine_client import EngineTimeoutError, EngineUnreachableError, ReadOnlyEngine

#: Workers look at each host every few seconds; after so many times of that what they found counts as old.
_ROUNDS_FRESH = 6
_LEAST_FRESH_SECONDS = 60.0

_ENGINE_SECONDS = 1.0
_MISSED_HEARTBEATS = 3

#: Engines that are asked themselves: one that hangs takes a second.
_MOST_ASKED = 4


def read_work() -> WorkReading:
    """Read who takes jobs, and how many could begin."""
    chosen = app_settings()
    silence = timedelta(seconds=max(chosen.lease_seconds, _MISSED_HEARTBEATS * chosen.heartbeat_seconds))
    due = Q(not_before__isnull=True) | Q(not_before__lte=Now())
    return WorkReading(
        workers=workers_alive(),
        draining=Worker.objects.filter(heartbeat_at__gte=Now() - silence, is_draining=True).count(),
        waiting=ContainerJob.objects.pending().filter(due, is_blocked=False).count(),
    )


def read_hosts(place: Place) -> Iterator[HostReading]:
    """Yield every host in use with what a worker found lately, or, for an engine on this machine, with its answer."""
    asked = 0
    for host in ExecutorHost.objects.filter(is_active=True):
        path = _socket_of(host, place)
        if _is_fresh(host):
            is_well, detail = host.is_healthy, host.health_detail
        elif host.executor_type == "process":
            is_well, detail = True, "it is this machine"
        elif path is not None and asked < _MOST_ASKED:
            asked += 1
            is_well, detail = _asked(path)
        else:
            is_well, detail = None, _last_seen(host)
        yield HostReading(
            name=host.name,
            is_well=is_well,
            detail=detail,
            is_draining=host.is_draining,
            is_held_off=host.is_held_off,
            cause=_cause(detail) if is_well is False else "",
        )


def _cause(detail: str) -> str:
    from container_manager.troubleshooting.hosts import guide_for_health  # noqa: PLC0415  (what is well needs no guides)

    return guide_for_health(detail)


def _is_fresh(host: ExecutorHost) -> bool:
    if host.is_healthy is None or host.checked_at is None:
        return False
    seconds = max(_LEAST_FRESH_SECONDS, _ROUNDS_FRESH * app_settings().reconcile_seconds)
    return timezone.now() - host.checked_at < timedelta(seconds=seconds)


def _socket_of(host: ExecutorHost, place: Place) -> Path | None:
    """Return the socket of an engine on this machine; nothing for what is elsewhere, or cannot be understood."""
    if host.executor_type != "docker":
        return None
    try:
        path = endpoint_of(host.address, place.environment).socket_path
    except ValueError:
        return None
    return None if path is None else Path(path)


def _asked(path: Path) -> tuple[bool | None, str]:
    try:
        answer = ReadOnlyEngine(path).ask("/_ping", seconds=_ENGINE_SECONDS)
    except EngineTimeoutError as error:
        return None, str(error)
    except EngineUnreachableError as error:
        return (None if isinstance(error.__cause__, PermissionError) else False), str(error)
    return answer.status == 200, f"it answers at {path}"


def _last_seen(host: ExecutorHost) -> str:
    if host.checked_at is None:
        return "no worker has looked at it yet"
    health = "well" if host.is_healthy else "not well"
    return f"it was {health} on {host.checked_at:%Y-%m-%d %H:%M} UTC, when a worker looked last"
