"""What health checks and launches say of a host, its history, and whether it is trusted with new work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now

from container_manager.executors.base import Capacity, Fingerprint
from container_manager.models import ExecutorHost, HostCheck
from container_manager.scheduling.health import (
    FLAP_WINDOW,
    CheckResult,
    Trust,
    after_answered_launch,
    after_check,
    after_silent_launch,
)

_VERSION_LENGTH = 100

#: Without a change, one check in this time is kept in the history.
_KEPT_EVERY = timedelta(minutes=5)

#: How long a host's history is kept, and how many lines of it are removed at once.
HISTORY_KEPT = timedelta(days=30)
_REMOVED_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class HostCheckDetail:
    """One line of a host's history."""

    at: datetime
    is_healthy: bool
    detail: str
    latency_seconds: float | None
    worker: str


def store_health(pk: int, fingerprint: Fingerprint, capacity: Capacity | None, *, worker: str = "") -> None:
    """Keep what a health check found, in the host and in its history.

    What could not be measured this time keeps its last value. ``worker`` is who asked, empty for a check by hand.
    """
    with transaction.atomic():
        host = ExecutorHost.objects.select_for_update().filter(pk=pk).first()
        if host is None:
            return
        now = _now(host)
        history = _history(host, worker, now)
        result = CheckResult(checked_at=now, is_healthy=fingerprint.healthy)
        found = {"is_healthy": fingerprint.healthy, "health_detail": fingerprint.detail, "checked_at": now}
        found |= _measured(fingerprint, capacity) | _columns(after_check(_trust(host), result, history))
        ExecutorHost.objects.filter(pk=pk).update(**found)
        if _is_news(result, history):
            _remember(host, fingerprint, worker, now)


def note_silent_launch(pk: int) -> None:
    """Keep that a host did not answer to a launch; too many in a row, and it is given nothing for a while."""
    with transaction.atomic():
        host = ExecutorHost.objects.select_for_update().filter(pk=pk).first()
        if host is not None:
            trust = after_silent_launch(_trust(host), _now(host))
            ExecutorHost.objects.filter(pk=pk).update(**_columns(trust))


def note_answered_launch(pk: int) -> None:
    """Keep that a host answers to launches again."""
    ExecutorHost.objects.filter(pk=pk, silent_launches__gt=0).update(**_columns(after_answered_launch()))


def host_history(name: str, *, limit: int = 50) -> tuple[HostCheckDetail, ...]:
    """Return what was found about a host, newest first."""
    checks = HostCheck.objects.filter(host__name=name).order_by("-id")[: max(0, limit)]
    return tuple(
        HostCheckDetail(
            at=check.checked_at,
            is_healthy=check.is_healthy,
            detail=check.detail,
            latency_seconds=check.latency_seconds,
            worker=check.worker,
        )
        for check in checks
    )


def _now(host: ExecutorHost) -> datetime:
    # The database's clock, as in everything that workers write.
    now: datetime = ExecutorHost.objects.filter(pk=host.pk).values_list(Now(), flat=True)[0]
    return now


def _trust(host: ExecutorHost) -> Trust:
    return Trust(silent_launches=host.silent_launches, held_off_until=host.held_off_until)


def _columns(trust: Trust) -> dict[str, object]:
    return {"silent_launches": trust.silent_launches, "held_off_until": trust.held_off_until}


def _history(host: ExecutorHost, worker: str, now: datetime) -> Sequence[CheckResult]:
    """Return one worker's last checks, oldest first: what another could not reach is no change of the host."""
    checks = host.checks.filter(worker=worker).order_by("-id")
    recent = list(checks.filter(checked_at__gte=now - FLAP_WINDOW)) or list(checks[:1])
    return [CheckResult(checked_at=check.checked_at, is_healthy=check.is_healthy) for check in reversed(recent)]


def _is_news(result: CheckResult, history: Sequence[CheckResult]) -> bool:
    last = history[-1] if history else None
    return (
        last is None or last.is_healthy is not result.is_healthy or result.checked_at - last.checked_at >= _KEPT_EVERY
    )


def _remember(host: ExecutorHost, fingerprint: Fingerprint, worker: str, now: datetime) -> None:
    HostCheck.objects.create(
        host=host,
        checked_at=now,
        is_healthy=fingerprint.healthy,
        detail=fingerprint.detail,
        latency_seconds=fingerprint.latency_seconds,
        worker=worker,
    )
    old = host.checks.filter(checked_at__lt=now - HISTORY_KEPT).order_by("id").values_list("pk", flat=True)
    if outdated := list(old[:_REMOVED_AT_ONCE]):
        HostCheck.objects.filter(pk__in=outdated).delete()


def _measured(fingerprint: Fingerprint, capacity: Capacity | None) -> dict[str, object]:
    found: dict[str, object] = {}
    if fingerprint.version:
        found["version"] = fingerprint.version[:_VERSION_LENGTH]
    if capacity is not None and capacity.memory_mb is not None:
        found["memory_mb"] = capacity.memory_mb
    if capacity is not None and capacity.cpus is not None:
        found["cpus"] = capacity.cpus
    return found
