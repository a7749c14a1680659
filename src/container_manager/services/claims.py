"""Taking jobs: pending ones for hosts with room, and those whose worker is gone.

Each call is one short transaction. Two workers at once never take the same job: a claim is an update guarded by the
status and the fencing token that were read, and where the database can, the rows read are locked first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Now

from container_manager.conf import app_settings
from container_manager.executors.base import AttemptKey
from container_manager.lifecycle.events import Claimed, ClaimReturned
from container_manager.lifecycle.limits import TimeLimits
from container_manager.lifecycle.machine import transition
from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob, ExecutorHost, Installation
from container_manager.runspec.spec import RunSpec
from container_manager.services.attempt_limits import limits_of, spec_of
from container_manager.services.expiry import may_begin
from container_manager.services.leases import Lease, lapsed, lease_end, locked_job
from container_manager.services.recording import STOPPING, add_event
from container_manager.services.rooms import Rooms

#: A diagnosis that could not be made is not tried for ever.
DIAGNOSIS_TRIED_FOR = timedelta(hours=1)


#: Jobs that are offered to the hosts in one go, also those for which there is no room.
_SEEN_AT_MOST = 1000


@dataclass(frozen=True, kw_only=True)
class ClaimedAttempt:
    """Everything a worker must know to begin an attempt, or to go on with it where another left off."""

    lease: Lease
    key: AttemptKey
    host_id: int
    host_name: str
    job_name: str
    spec: RunSpec
    limits: TimeLimits
    stop_grace_seconds: float
    status: Status
    fresh: bool = False
    """Whether it was claimed just now and is unknown to its platform."""
    handle: str = ""
    ended: bool = False
    """Whether its outcome is recorded already and only the clearing up is left."""
    stopped_for: str = ""
    """Why a worker had begun to stop it, if one had."""
    outside_signal: int | None = None
    log_cursor: dict[str, object] = field(default_factory=dict)
    log_bytes: tuple[int, int] = (0, 0)
    log_complete: bool = False
    diagnosed: bool = False
    needs_secrets: bool = False
    """Whether it must be given what is stored encrypted, before anything else is done."""


def installation_key() -> str:
    """Return the key that this database's attempts bear on every platform."""
    return Installation.current_key()


def claim_pending(
    worker: str, *, limit: int, hosts: Collection[int], only_job: int | None = None
) -> Sequence[ClaimedAttempt]:
    """Take up to ``limit`` of the oldest pending jobs for which one of these hosts has room."""
    if limit <= 0:
        return []
    with transaction.atomic():
        rooms = Rooms(hosts)
        taken: list[tuple[ContainerJob, ExecutorHost]] = []
        seen: list[int] = []
        while rooms.hosts and len(taken) < limit and len(seen) < _SEEN_AT_MOST:
            found = list(_claimable(worker, rooms, only_job).exclude(pk__in=seen)[: limit - len(taken)])
            if not found:
                break
            seen += [job.pk for job in found]
            taken += [(job, host) for job in found if (host := rooms.take(job)) is not None]
        return [claimed for job, host in taken if (claimed := _claim(job, host, worker)) is not None]


def take_over(
    worker: str, *, limit: int, held: Collection[int] = (), only_job: int | None = None
) -> Sequence[ClaimedAttempt]:
    """Take up to ``limit`` jobs whose worker handed them back or is gone, also those that only need clearing up."""
    with transaction.atomic():
        unfinished = Attempt.objects.filter(_unfinished()).values("job_id")
        jobs = ContainerJob.objects.filter(lapsed()).filter(
            Q(status__in=_active()) | Q(is_clearing=True) | Q(pk__in=unfinished)
        )
        if only_job is not None:
            jobs = jobs.filter(pk=only_job)
        found = _locked(jobs.exclude(pk__in=held).order_by("id"))[:limit]
        return [taken for job in found if (taken := _take_over(job, worker)) is not None]


def return_claim(lease: Lease) -> None:
    """Make a job pending again whose attempt was never handed to its platform: the attempt has not happened."""
    with transaction.atomic():
        job = locked_job(lease)
        status = Status(job.status)
        if status is not Status.LAUNCHING:
            return
        after = transition(status, ClaimReturned()).status
        Attempt.objects.filter(pk=lease.attempt_id).delete()
        ContainerJob.objects.filter(pk=job.pk, status=status, lease_token=lease.token).update(
            status=after, lease_owner="", lease_expires_at=None
        )
        add_event(lease, "claim_returned", after)


def _active() -> list[str]:
    return [status.value for status in Status if status.is_active]


def _unfinished() -> Q:
    if app_settings().remove_containers:
        return Q(ended_at__isnull=False, removed_at__isnull=True)
    recent = Q(ended_at__gte=Now() - DIAGNOSIS_TRIED_FOR)
    return recent & Q(diagnosis__isnull=True) & (~Q(failure_reason="") | Q(oom_killed=True))


def _locked(jobs: QuerySet[ContainerJob]) -> QuerySet[ContainerJob]:
    return jobs.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)


def _claimable(worker: str, rooms: Rooms, only_job: int | None) -> QuerySet[ContainerJob]:
    # A pending job with a lease is kept for the worker that holds it (`run_job`).
    ours = Q(lease_owner="") | Q(lease_owner=worker) | lapsed()
    place = Q(host__in=rooms.hosts) | Q(host__isnull=True) if rooms.take_any else Q(host__in=rooms.hosts)
    jobs = ContainerJob.objects.pending().filter(ours & place & may_begin())
    if only_job is not None:
        jobs = jobs.filter(pk=only_job)
    return _locked(jobs.order_by("id"))


def _claim(job: ContainerJob, host: ExecutorHost, worker: str) -> ClaimedAttempt | None:
    status = transition(Status.PENDING, Claimed()).status
    guard = ContainerJob.objects.pending().filter(pk=job.pk, lease_token=job.lease_token)
    if not guard.update(status=status, **_new_lease(job, worker)):
        return None
    last = job.attempts.aggregate(last=Max("number"))["last"] or 0
    attempt = Attempt.objects.create(
        job=job, host=host, number=last + 1, created_at=Now(), memory_limit_mb=job.raised_memory_limit
    )
    claimed = _claimed(job.pk, attempt)
    add_event(claimed.lease, "claimed", status, f"on {host.name}")
    return replace(claimed, fresh=True)


def _take_over(job: ContainerJob, worker: str) -> ClaimedAttempt | None:
    guard = ContainerJob.objects.filter(lapsed(), pk=job.pk, lease_token=job.lease_token)
    attempt = job.attempts.select_related("host", "diagnosis").order_by("-number").first()
    if attempt is None or not guard.update(**_new_lease(job, worker)):
        return None
    claimed = _claimed(job.pk, attempt)
    if not claimed.ended:
        add_event(claimed.lease, "taken_over", claimed.status)
    return claimed


def _new_lease(job: ContainerJob, worker: str) -> dict[str, object]:
    return {
        "lease_owner": worker,
        "lease_token": job.lease_token + 1,
        "lease_expires_at": lease_end(app_settings().lease_seconds),
    }


def _claimed_at(attempt: Attempt, now: datetime) -> datetime:
    # Just now, if it was made in this transaction: its time is still an expression of the database's.
    return attempt.created_at if isinstance(attempt.created_at, datetime) else now


def _claimed(job_id: int, attempt: Attempt) -> ClaimedAttempt:
    job = ContainerJob.objects.get(pk=job_id)
    now: datetime = ContainerJob.objects.filter(pk=job_id).values_list(Now(), flat=True)[0]
    lease = Lease(
        job_id=job.pk,
        attempt_id=attempt.pk,
        attempt_number=attempt.number,
        token=job.lease_token,
        worker=job.lease_owner,
    )
    stopping = job.events.filter(kind=STOPPING, attempt_number=attempt.number).order_by("id").last()
    return ClaimedAttempt(
        lease=lease,
        key=AttemptKey(installation=installation_key(), job_id=job.pk, number=attempt.number),
        host_id=attempt.host_id,
        host_name=attempt.host.name,
        job_name=job.name,
        spec=spec_of(job, attempt),
        limits=limits_of(job, attempt, claimed_at=_claimed_at(attempt, now), now=now),
        stop_grace_seconds=job.stop_grace_seconds,
        status=Status(job.status),
        handle=attempt.handle,
        ended=attempt.ended_at is not None,
        diagnosed=hasattr(attempt, "diagnosis"),
        stopped_for=stopping.message if stopping else "",
        outside_signal=attempt.outside_signal,
        log_cursor=attempt.log_cursor,
        log_bytes=(attempt.stdout_bytes, attempt.stderr_bytes),
        log_complete=attempt.log_complete,
        needs_secrets=bool(job.secret_refs or job.registry_secret or job.secret_names),
    )
