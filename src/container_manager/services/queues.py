"""Queues: what waits in them, and letting them rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import router
from django.db.models import Count, F, Min, Q
from django.db.models.functions import Coalesce, Now

from container_manager.lifecycle.status import ACTIVE, Status
from container_manager.models import ContainerJob, JobQueue
from container_manager.models.database_clock import database_now
from container_manager.request.policy import check_queue
from container_manager.scheduling.policy import DEFAULT_QUEUE
from container_manager.services.expiry import may_begin
from container_manager.validation.problems import Problems


@dataclass(frozen=True, kw_only=True)
class QueueDetail:
    """One queue. Its jobs that have not begun are ``ready``, or ``waiting`` for a moment, a retry, or other jobs."""

    name: str
    is_paused: bool
    paused_at: datetime | None
    paused_by: str
    ready: int
    waiting: int
    active: int
    oldest_ready_seconds: float | None
    """How long ago the oldest ready job was made, or its ``not_before`` came; ``None`` where none is ready."""

    def as_json(self) -> dict[str, Any]:
        """Return plain values, with times in ISO 8601."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def list_queues() -> Sequence[QueueDetail]:
    """Return every queue that has jobs which are not over, is paused, or is the default one; by name.

    It costs two queries, however many jobs there are that are over.
    """
    known = {queue.name: queue for queue in JobQueue.objects.all()}
    counted = _counted()
    names = {DEFAULT_QUEUE} | counted.keys() | {name for name, queue in known.items() if queue.is_paused}
    now = database_now(router.db_for_read(JobQueue))
    return [_detail(name, known.get(name), counted.get(name, {}), now) for name in sorted(names)]


def pause_queue(name: str, *, asked_by: str = "") -> QueueDetail:
    """Begin nothing more of a queue until it is resumed; what is active goes on. Pausing again changes nothing.

    A queue of which no job is known is paused too: its first job then waits. Raises
    :class:`~container_manager.validation.problems.InvalidJobError` for what cannot be a queue's name.
    """
    _check(name)
    queue, _ = JobQueue.objects.get_or_create(name=name)
    paused = {"is_paused": True, "paused_at": Now(), "paused_by": asked_by[:200]}
    JobQueue.objects.filter(pk=queue.pk, is_paused=False).update(**paused)
    return load_queue(name)


def resume_queue(name: str) -> QueueDetail:
    """Let a queue's jobs begin again. Resuming one that is not paused changes nothing.

    Raises :class:`~container_manager.validation.problems.InvalidJobError` for what cannot be a queue's name.
    """
    _check(name)
    JobQueue.objects.filter(name=name).update(is_paused=False, paused_at=None, paused_by="")
    return load_queue(name)


def load_queue(name: str) -> QueueDetail:
    """Return one queue; one that no job is in exists too."""
    now = database_now(router.db_for_read(JobQueue))
    return _detail(name, JobQueue.objects.filter(name=name).first(), _counted().get(name, {}), now)


def _check(name: str) -> None:
    problems = Problems()
    # An empty name would be taken for the default queue's.
    check_queue(name or " ", problems)
    problems.raise_if_any()


def _counted() -> Mapping[str, Mapping[str, Any]]:
    """Count each queue's jobs that are not over: they alone are looked at."""
    is_pending = Q(status=Status.PENDING)
    is_ready = is_pending & may_begin()
    rows = (
        ContainerJob.objects.filter(is_pending | Q(status__in=sorted(ACTIVE)))
        .order_by()
        .values("queue")
        .annotate(
            pending=Count("pk", filter=is_pending),
            ready=Count("pk", filter=is_ready),
            active=Count("pk", filter=Q(status__in=sorted(ACTIVE))),
            ready_since=Min(Coalesce(F("not_before"), F("created_at")), filter=is_ready),
        )
    )
    return {row["queue"]: row for row in rows}


def _detail(name: str, queue: JobQueue | None, counted: Mapping[str, Any], now: datetime) -> QueueDetail:
    since: datetime | None = counted.get("ready_since")
    ready: int = counted.get("ready", 0)
    return QueueDetail(
        name=name,
        is_paused=queue is not None and queue.is_paused,
        paused_at=queue.paused_at if queue else None,
        paused_by=queue.paused_by if queue else "",
        ready=ready,
        waiting=counted.get("pending", 0) - ready,
        active=counted.get("active", 0),
        oldest_ready_seconds=None if since is None else round(max(0.0, (now - since).total_seconds()), 1),
    )
