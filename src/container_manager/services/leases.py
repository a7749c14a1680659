"""Leases: which worker may write about a job, and until when.

The database's clock decides, never a worker's. A lease that ran out costs nothing until somebody else takes the job;
from then on its fencing token is old, and every write that carries it is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import DateTimeField, Expression, ExpressionWrapper, Q, QuerySet, Value
from django.db.models.functions import Now

from container_manager.models import ContainerJob, Worker
from container_manager.services.prepared import Given, PreparedSelect

_LONG_AGO_SECONDS = 3600.0


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


def lease_end(seconds: float | Expression) -> Expression:
    """Return the moment a lease taken now ends, as the database reckons it; the slot of a duration is one too."""
    length = seconds if isinstance(seconds, Expression) else Value(timedelta(seconds=seconds))
    return ExpressionWrapper(Now() + length, output_field=DateTimeField())


def lapsed() -> Q:
    """Jobs whose lease was handed back or has run out."""
    return Q(lease_expires_at__isnull=True) | Q(lease_expires_at__lt=Now())


def locked_job(lease: Lease) -> ContainerJob:
    """Return the lease's job, locked until the transaction ends. Raises :class:`LeaseLostError`."""
    # Not whole: whoever makes a job that waits for this one does not keep its worker from writing.
    locked = ContainerJob.objects.select_for_update(no_key=True)
    held = locked.filter(pk=lease.job_id, lease_token=lease.token)
    job: ContainerJob | None = held.first()
    if job is None:
        raise LeaseLostError(lease)
    return job


def locked_jobs(
    leases: Collection[Lease], *, only: tuple[str, ...] = (), to_end: bool = False
) -> Mapping[Lease, ContainerJob]:
    """Return the jobs of those leases that still hold, locked until the transaction ends; ``only`` these columns.

    ``to_end`` locks them whole, also against jobs that are being made to wait for them. Each has the database's time
    as ``now``.
    """
    if not leases:
        return {}
    # The tokens are compared here: their number is not bounded, and that of the statements should be.
    found = {(job.pk, job.lease_token): job for job in _LOCKED(only, to_end, ids=[lease.job_id for lease in leases])}
    return {lease: found[place] for lease in leases if (place := (lease.job_id, lease.token)) in found}


def _locked(given: Given, only: tuple[str, ...], to_end: bool) -> QuerySet[ContainerJob]:
    jobs = ContainerJob.objects.select_for_update(no_key=not to_end).filter(pk__in=given.all("ids")).order_by("id")
    return (jobs.only("lease_token", *only) if only else jobs).annotate(now=Now())


_LOCKED = PreparedSelect(_locked)


def now_of(job: ContainerJob) -> datetime:
    """Return the database's time at which the job was locked."""
    now: datetime = job.now  # type: ignore[attr-defined]  # annotated above
    return now


def confirm(lease: Lease) -> None:
    """Return if the lease still holds now, by the database's clock. Raises :class:`LeaseLostError`."""
    held = ContainerJob.objects.filter(pk=lease.job_id, lease_token=lease.token, lease_expires_at__gte=Now())
    if not held.exists():
        raise LeaseLostError(lease)


def renew(leases: Collection[Lease], seconds: float) -> Sequence[Lease]:
    """Prolong these leases; return those that could not be, because somebody else has the job."""
    if not leases:
        return []
    held = ContainerJob.objects.filter(held_by_any(leases))
    workers = {lease.worker for lease in leases}
    if held.filter(lease_owner__in=workers).update(lease_expires_at=lease_end(seconds)) == len(leases):
        return []
    still = set(held.values_list("pk", "lease_token"))
    return [lease for lease in leases if (lease.job_id, lease.token) not in still]


def shorten(seconds: float) -> int:
    """Let no lease end much later than one that is taken now; return how many did.

    There are such when the database's clock was set back. Whoever lives prolongs his own again; the others run out.
    """
    far = ContainerJob.objects.filter(lease_expires_at__gt=lease_end(2 * seconds))
    return far.update(lease_expires_at=lease_end(seconds))


def hand_back(leases: Collection[Lease]) -> None:
    """Give these jobs to whoever comes next. Those that are no longer ours are left alone.

    A lease that is handed back has run out long ago: what is left to do for the job is found by that.
    """
    if leases:
        held = ContainerJob.objects.filter(held_by_any(leases), lease_expires_at__isnull=False)
        held.update(lease_owner="", lease_expires_at=lease_end(-_LONG_AGO_SECONDS))


def reserve(job_id: int, worker: str, seconds: float) -> bool:
    """Keep a pending job for one worker, or keep it longer; return whether it is (still) kept for it."""
    pending = ContainerJob.objects.pending().filter(Q(lease_owner__in=("", worker)) | lapsed(), pk=job_id)
    return bool(pending.update(lease_owner=worker, lease_expires_at=lease_end(seconds)))


def held_by_any(leases: Collection[Lease]) -> Q:
    """The jobs that are still held by these leases; few different tokens stand for many jobs."""
    jobs: dict[int, list[int]] = {}
    for lease in leases:
        jobs.setdefault(lease.token, []).append(lease.job_id)
    found = Q(pk__in=())
    for token, ids in jobs.items():
        found |= Q(lease_token=token, pk__in=ids)
    return found


def beat(name: str, *, hostname: str, pid: int, concurrency: int, is_draining: bool) -> None:
    """Say that this worker is alive."""
    seen = {"hostname": hostname, "pid": pid, "concurrency": concurrency, "is_draining": is_draining}
    if not Worker.objects.filter(name=name).update(heartbeat_at=Now(), **seen):
        Worker.objects.create(name=name, heartbeat_at=Now(), started_at=Now(), **seen)


def sign_off(name: str, pid: int) -> None:
    """Take this worker's row away; another one that took over its name keeps it."""
    Worker.objects.filter(name=name, pid=pid).delete()
