"""How far a launch has come, and where an attempt can be reached: stored for show, thinly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import transaction

from container_manager.executors.base import PullProgress
from container_manager.models import Attempt
from container_manager.models.attempt import BYTES_PER_MB
from container_manager.runspec.spec import PublishedPort
from container_manager.services.leases import Lease, locked_job


@dataclass(frozen=True, kw_only=True)
class PullDetail:
    """How far a pull has come, in MB. The total grows while the registry tells of further layers."""

    image: str
    done_mb: float
    total_mb: float


def note_pull(lease: Lease, progress: PullProgress) -> None:
    """Store how far the pull has come that the attempt waits for."""
    _store(lease, {"pull": msgspec.to_builtins(progress)})


def note_ports(lease: Lease, ports: Sequence[PublishedPort]) -> None:
    """Store where on its host the attempt's ports are reached."""
    _store(lease, {"ports": msgspec.to_builtins(ports)})


def pull_of(attempt: Attempt) -> PullDetail | None:
    """Return how far the pull has come, ``None`` where none was noted or the attempt is past it."""
    told = attempt.progress.get("pull")
    if told is None or attempt.started_at is not None or attempt.ended_at is not None:
        return None
    progress = msgspec.convert(told, PullProgress)
    done, total = progress.bytes_done / BYTES_PER_MB, progress.bytes_total / BYTES_PER_MB
    return PullDetail(image=progress.image, done_mb=round(done, 1), total_mb=round(total, 1))


def ports_of(attempt: Attempt) -> tuple[PublishedPort, ...]:
    """Return where on its host the attempt's ports are, or were, reached."""
    return msgspec.convert(attempt.progress.get("ports", []), tuple[PublishedPort, ...])


def _store(lease: Lease, told: Mapping[str, Any]) -> None:
    with transaction.atomic():
        locked_job(lease)
        attempt = Attempt.objects.only("progress").get(pk=lease.attempt_id)
        Attempt.objects.filter(pk=attempt.pk).update(progress={**attempt.progress, **told})
