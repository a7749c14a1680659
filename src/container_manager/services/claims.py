"""Taking pending jobs for hosts with room.

A claim is one short transaction with a few statements, however many jobs it takes. Two workers at once never take the
same job: the rows that are read are locked where the database can (others skip them), and the update is guarded by the
status that was read. Taking over what another worker left is in :mod:`container_manager.services.takeover`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import DurationField, Expression, F, Max, Q, QuerySet
from django.db.models.functions import Now

from container_manager.conf import app_settings
from container_manager.executors.base import AttemptKey
from container_manager.lifecycle.events import Claimed, ClaimReturned
from container_manager.lifecycle.limits import TimeLimits
from container_manager.lifecycle.machine import transition
from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob, ExecutorHost, Installation
from container_manager.models.database_clock import database_now
from container_manager.runspec.spec import RunSpec
from container_manager.services.array_slots import ArraySlots
from container_manager.services.attempt_limits import limits_of, spec_of
from container_manager.services.claimable import Slots, claimable
from container_manager.services.leases import Lease, lease_end, locked_job
from container_manager.services.prepared import Given, PreparedSelect, PreparedUpdate
from container_manager.services.recording import add_event, add_events
from container_manager.services.rooms import Rooms
from container_manager.services.row_inserts import insert_rows

#: Jobs that are offered to the hosts in one go, also those for which there is no room.
_SEEN_AT_MOST = 1000

_Taken = Sequence[tuple[ContainerJob, ExecutorHost]]


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
    ran_seconds: float | None = None
    """How long it has been running, by the database's clock."""
    ended: bool = False
    """Whether its outcome is recorded already and only the clearing up is left."""
    stopped_for: str = ""
    """Why a worker had begun to stop it, if one had."""
    outside_signal: int | None = None
    log_cursor: dict[str, object] = field(default_factory=dict)
    log_bytes: tuple[int, int] = (0, 0)
    log_cap_bytes: int | None = None
    """How much of its log is kept; ``None``: as the settings say."""
    log_complete: bool = False
    diagnosed: bool = False
    needs_secrets: bool = False
    """Whether it must be given what is stored encrypted, before anything else is done."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What is the same for all jobs that are taken in one transaction."""

    installation: str
    now: datetime
    """By the database's clock."""

    @classmethod
    def current(cls) -> Context:
        """Ask the database."""
        known = _CONTEXT()
        key, now = known[0] if known else (installation_key(), database_now(connection.alias))
        return cls(installation=key, now=now)


_CONTEXT = PreparedSelect(lambda _: Installation.objects.order_by().values_list("key", Now())[:1])


def installation_key() -> str:
    """Return the key that this database's attempts bear on every platform."""
    return Installation.current_key()


def claim_pending(
    worker: str, *, limit: int, hosts: Collection[int], queues: Collection[str] = (), only_job: int | None = None
) -> Sequence[ClaimedAttempt]:
    """Take up to ``limit`` of the pending jobs that may begin now and for which one of these hosts has room.

    The most urgent come first, then the oldest. ``queues`` narrows them to these queues; empty means all.
    """
    if limit <= 0:
        return []
    with transaction.atomic(savepoint=False):
        taken = _choose(limit, Rooms(hosts), _Offers(worker=worker, queues=tuple(queues), only_job=only_job))
        return _begin(taken, worker) if taken else []


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


def locked_unless_taken(jobs: QuerySet[ContainerJob]) -> QuerySet[ContainerJob]:
    """Lock these rows; where the database can, leave out those that somebody else has locked."""
    skip = connection.features.has_select_for_update_skip_locked
    # Not whole: a job is taken also while somebody makes another that waits for it.
    return jobs.select_for_update(skip_locked=skip, no_key=True)


def new_lease(worker: str | Expression, seconds: float | Expression) -> Mapping[str, object]:
    """Return the columns by which a worker takes jobs: what anybody else writes about them is refused from now on."""
    return {"lease_owner": worker, "lease_token": F("lease_token") + 1, "lease_expires_at": lease_end(seconds)}


def claimed_attempt(job: ContainerJob, attempt: Attempt, worker: str, context: Context) -> ClaimedAttempt:
    """Return what the worker that has just taken this job must know of its attempt."""
    fresh = not isinstance(attempt.created_at, datetime)  # its time is still an expression of the database's
    lease = Lease(
        job_id=job.pk, attempt_id=attempt.pk, attempt_number=attempt.number, token=job.lease_token, worker=worker
    )
    claimed_at = context.now if fresh else attempt.created_at
    return ClaimedAttempt(
        lease=lease,
        key=AttemptKey(installation=context.installation, job_id=job.pk, number=attempt.number),
        host_id=attempt.host_id,
        host_name=attempt.host.name,
        job_name=job.name,
        spec=spec_of(job, attempt),
        limits=limits_of(job, attempt, claimed_at=claimed_at, now=context.now),
        ran_seconds=None if attempt.started_at is None else (context.now - attempt.started_at).total_seconds(),
        stop_grace_seconds=job.stop_grace_seconds,
        status=Status(job.status),
        fresh=fresh,
        handle=attempt.handle,
        ended=attempt.ended_at is not None,
        outside_signal=attempt.outside_signal,
        log_cursor=attempt.log_cursor,
        log_bytes=(attempt.stdout_bytes, attempt.stderr_bytes),
        log_cap_bytes=job.log_cap_bytes,
        log_complete=attempt.log_complete,
        needs_secrets=bool(job.secret_refs or job.registry_secret or job.secret_names),
    )


@dataclass(frozen=True, kw_only=True)
class _Offers:
    """The jobs that a worker may begin now, as far as the hosts have room."""

    worker: str
    queues: tuple[str, ...]
    only_job: int | None

    def first(self, limit: int, rooms: Rooms) -> list[ContainerJob]:
        """Return the first of them, locked: usually all that is asked."""
        given: dict[str, object] = {"worker": self.worker, "hosts": list(rooms.hosts)}
        if self.queues:
            given["queues"] = list(self.queues)
        if self.only_job is not None:
            given["only_job"] = self.only_job
        return _OFFERED(limit, rooms.take_any, **given)

    def others(self, limit: int, rooms: Rooms, but: Q, seen: Collection[int]) -> list[ContainerJob]:
        """Return the next ones, locked, without those that have been seen and those that are ruled out."""
        jobs = claimable(self.worker, queues=self.queues, only_job=self.only_job)
        offered = jobs.filter(_place(rooms.hosts, rooms.take_any)).exclude(but).exclude(pk__in=seen)
        return list(locked_unless_taken(offered)[:limit])


def _offered(given: Given, limit: int, take_any: bool) -> QuerySet[ContainerJob]:
    queues = given.all("queues") if "queues" in given else ()
    only_job = given.one("only_job") if "only_job" in given else None
    jobs = claimable(given.one("worker"), queues=queues, only_job=only_job)
    return locked_unless_taken(jobs.filter(_place(given.all("hosts"), take_any)))[:limit]


_OFFERED = PreparedSelect(_offered)


def _choose(limit: int, rooms: Rooms, offers: _Offers) -> _Taken:
    slots, arrays = Slots(), ArraySlots()
    taken: list[tuple[ContainerJob, ExecutorHost]] = []
    seen: list[int] = []
    are_more = True
    while are_more and rooms.hosts and len(taken) < limit and len(seen) < _SEEN_AT_MOST:
        room = limit - len(taken)
        found = offers.others(room, rooms, slots.full | arrays.full, seen) if seen else offers.first(room, rooms)
        are_more = len(found) == room
        seen += [job.pk for job in found]
        slots.look_up({job.concurrency_key for job in found})
        arrays.look_up(found)
        for job in found:
            if slots.has_room(job) and arrays.has_room(job) and (host := rooms.take(job)) is not None:
                slots.take(job)
                arrays.take(job)
                taken.append((job, host))
    return taken


def _place(hosts: Sequence[object], take_any: bool) -> Q:
    named = Q(host__id__in=hosts)
    return named | Q(host__isnull=True) if take_any else named


def _begin(taken: _Taken, worker: str) -> Sequence[ClaimedAttempt]:
    status = transition(Status.PENDING, Claimed()).status
    jobs = [job for job, _ in taken]
    lease_seconds = timedelta(seconds=app_settings().lease_seconds)
    taken_now = _TAKE(status.value, ids=[job.pk for job in jobs], worker=worker, seconds=lease_seconds)
    if taken_now != len(jobs):
        raise OperationalError("a job that was being claimed was changed by somebody else")  # the claim is repeated
    attempts = _attempts(taken)
    for job in jobs:
        job.status, job.lease_token = status, job.lease_token + 1
    context = Context.current()
    claimed = [claimed_attempt(job, attempt, worker, context) for job, attempt in zip(jobs, attempts, strict=True)]
    add_events((one.lease, "claimed", status, f"on {one.host_name}") for one in claimed)
    return claimed


def _take(given: Given, status: str) -> tuple[QuerySet[ContainerJob], Mapping[str, object]]:
    jobs = ContainerJob.objects.pending().filter(pk__in=given.all("ids"))
    return jobs, {"status": status, **new_lease(given.one("worker"), given.one("seconds", DurationField()))}


_TAKE = PreparedUpdate(_take)


def _attempts(taken: _Taken) -> Sequence[Attempt]:
    claimed_before = [job.pk for job, _ in taken if job.lease_token]
    last: dict[int, int] = {}
    if claimed_before:
        numbers = Attempt.objects.filter(job__in=claimed_before).order_by().values_list("job")
        last = dict(numbers.annotate(last=Max("number")))
    now = Now()
    attempts = [
        Attempt(
            job=job,
            host=host,
            number=last.get(job.pk, 0) + 1,
            created_at=now,
            memory_limit_mb=job.raised_memory_limit,
        )
        for job, host in taken
    ]
    insert_rows(attempts, only=("job", "host", "number", "created_at", "memory_limit_mb"), with_keys=True)
    return attempts
