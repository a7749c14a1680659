"""Leases: which worker may write about a job, and until when.

The database's clock decides, never a worker's. A lease that ran out costs nothing until somebody else takes the job;
from then on its fencing token is old, and every write that carries it is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import DateTimeField, Expression, ExpressionWrapper, Q, QuerySet, Value
from django.db.models.functions import Now

from container_manager.models import ContainerJob, Worker


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The proof that goes with every write about one attempt."""

    job_id: int
    attempt_id: int
    attempt_number: int
    token: int
    worker: str


class LeaseLostError(Exception):
    """Another worker has taken the job, or it was deleted: nothing may be written about it here any more."""

    def __init__(self, lease: Lease) -> None:
        super().__init__(f"job {lease.job_id} is no longer {lease.worker}'s (token {lease.token})")
        self.lease = lease


def lease_end(seconds: float) -> Expression:
    """Return the moment a lease taken now ends, as the database reckons it."""
    return ExpressionWrapper(Now() + Value(timedelta(seconds=seconds)), output_field=DateTimeField())


def lapsed() -> Q:
    """Jobs whose lease was handed back or has run out."""
    return Q(lease_expires_at__isnull=True) | Q(lease_expires_at__lt=Now())


def locked_job(lease: Lease) -> ContainerJob:
    """Return the lease's job, locked until the transaction ends. Raises :class:`LeaseLostError`."""
    held = ContainerJob.objects.select_for_update().filter(pk=lease.job_id, lease_token=lease.token)
    job: ContainerJob | None = held.first()
    if job is None:
        raise LeaseLostError(lease)
    return job


def confirm(lease: Lease) -> None:
    """Return if the lease still holds now, by the database's clock. Raises :class:`LeaseLostError`."""
    held = ContainerJob.objects.filter(pk=lease.job_id, lease_token=lease.token, lease_expires_at__gte=Now())
    if not held.exists():
        raise LeaseLostError(lease)


def renew(leases: Collection[Lease], seconds: float) -> Sequence[Lease]:
    """Prolong these leases; return those that could not be, because somebody else has the job."""
    with transaction.atomic():
        for lease in leases:
            _held(lease).filter(lease_owner=lease.worker).update(lease_expires_at=lease_end(seconds))
        return [lease for lease in leases if not _held(lease).exists()]


def hand_back(leases: Collection[Lease]) -> None:
    """Give these jobs to whoever comes next. Those that are no longer ours are left alone."""
    with transaction.atomic():
        for lease in leases:
            _held(lease).update(lease_owner="", lease_expires_at=None)


def reserve(job_id: int, worker: str, seconds: float) -> bool:
    """Keep a pending job for one worker, or keep it longer; return whether it is (still) kept for it."""
    pending = ContainerJob.objects.pending().filter(Q(lease_owner__in=("", worker)) | lapsed(), pk=job_id)
    return bool(pending.update(lease_owner=worker, lease_expires_at=lease_end(seconds)))


def _held(lease: Lease) -> QuerySet[ContainerJob]:
    return ContainerJob.objects.filter(pk=lease.job_id, lease_token=lease.token)


def beat(name: str, *, hostname: str, pid: int, concurrency: int, is_draining: bool) -> None:
    """Say that this worker is alive."""
    seen = {"hostname": hostname, "pid": pid, "concurrency": concurrency, "is_draining": is_draining}
    if not Worker.objects.filter(name=name).update(heartbeat_at=Now(), **seen):
        Worker.objects.create(name=name, heartbeat_at=Now(), started_at=Now(), **seen)


def sign_off(name: str, pid: int) -> None:
    """Take this worker's row away; another one that took over its name keeps it."""
    Worker.objects.filter(name=name, pid=pid).delete()
