"""Why a pending job has not begun: what the queue says, and every host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db.models import Q
from django.db.models.functions import Now

from container_manager.conf import app_settings
from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob, ExecutorHost, JobQueue, Worker
from container_manager.scheduling.placement import Judgement, explain
from container_manager.services.errors import UnknownJobError
from container_manager.services.host_states import demand_of, for_spec, host_states

#: Heartbeats a worker may miss before it counts as gone.
_MISSED_HEARTBEATS = 3

#: Holders of a concurrency key that are named.
_HOLDERS_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Blocker:
    """Another job, or an array, whose end this one waits for."""

    what: str
    after: str
    status: str


@dataclass(frozen=True, kw_only=True)
class KeyWait:
    """A concurrency key that is used up by other jobs."""

    key: str
    limit: int
    holders: tuple[int, ...]
    """Ids of the jobs that hold it, the first ones."""


@dataclass(frozen=True, kw_only=True)
class HostAnswer:
    """What one host says to the job."""

    name: str
    takes_it: bool
    may_later: bool
    """Whether only other jobs' ends are missing."""
    objections: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Everything that a pending job waits for. A time is ``None`` where it plays no part."""

    job_id: int
    queue: str
    queue_is_paused: bool
    ahead: int
    """Jobs of its queue that are ready and would be begun before it."""
    not_before: datetime | None
    """When its time comes; ``None`` when it has come."""
    deadline: datetime | None
    blockers: tuple[Blocker, ...]
    key: KeyWait | None
    workers_alive: int
    hosts: tuple[HostAnswer, ...]
    array: KeyWait | None = None
    """Its array, where as many of its jobs are active as may be."""

    def as_json(self) -> dict[str, Any]:
        """Return plain values, with times in ISO 8601."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    def reasons(self) -> tuple[str, ...]:
        """Say in words what it waits for, the hosts' own answers apart; empty where it is only its turn."""
        return tuple(self._reasons())

    def _reasons(self) -> Iterator[str]:
        for blocker in self.blockers:
            yield f"It waits for the {_ENDS[blocker.after]} of {blocker.what}, which is {blocker.status}."
        if self.not_before is not None:
            yield f"It may not begin before {self.not_before:%Y-%m-%d %H:%M:%S} UTC."
        if self.queue_is_paused:
            yield f"Its queue, {self.queue}, is paused."
        if self.key is not None:
            holders = ", ".join(str(holder) for holder in self.key.holders)
            yield f"Its concurrency key {self.key.key} allows {self.key.limit} at once; active with it: {holders}."
        if self.array is not None:
            holders = ", ".join(str(holder) for holder in self.array.holders)
            yield f"Its {self.array.key} allows {self.array.limit} at once; active of it: {holders}."
        if not self.workers_alive:
            yield "No worker is alive to begin it."
        if self.ahead:
            ready = "1 job that is ready is" if self.ahead == 1 else f"{self.ahead} jobs that are ready are"
            yield f"In its queue {ready} ahead of it."


_ENDS = {"success": "success", "failure": "failure", "either": "end"}


def explain_waiting(job_id: int) -> Waiting:
    """Return what a job waits for, in a number of queries that does not depend on how many jobs there are.

    Raises :class:`~container_manager.services.errors.UnknownJobError`. For a job that does not wait every answer is the
    one it would be given if it did.
    """
    job = ContainerJob.objects.filter(pk=job_id).first()
    if job is None:
        raise UnknownJobError(job_id)
    now: datetime = ContainerJob.objects.filter(pk=job_id).values_list(Now(), flat=True)[0]
    paused = set(JobQueue.objects.paused().values_list("name", flat=True))
    return Waiting(
        job_id=job.pk,
        queue=job.queue,
        queue_is_paused=job.queue in paused,
        ahead=_ahead(job),
        not_before=job.not_before if job.not_before and job.not_before > now else None,
        deadline=job.deadline,
        blockers=tuple(_blockers(job)),
        key=_key_wait(job),
        array=_array_wait(job),
        workers_alive=workers_alive(),
        hosts=tuple(_answer(judgement) for judgement in judgements(job)),
    )


def judgements(job: ContainerJob) -> tuple[Judgement, ...]:
    """Return what every configured host says to a job: those that take it first."""
    hosts = {host.pk: host for host in ExecutorHost.objects.all()}
    states = host_states(hosts.values())
    spec = job.run_spec()
    return explain([for_spec(state, hosts[state.pk], spec) for state in states], demand_of(job))


def workers_alive() -> int:
    """Count the workers that have given a sign of life lately and take new jobs."""
    settings = app_settings()
    silence = timedelta(seconds=max(settings.lease_seconds, _MISSED_HEARTBEATS * settings.heartbeat_seconds))
    return Worker.objects.filter(heartbeat_at__gte=Now() - silence, is_draining=False).count()


def _ahead(job: ContainerJob) -> int:
    due = Q(not_before__isnull=True) | Q(not_before__lte=Now())
    before = Q(priority__gt=job.priority) | Q(priority=job.priority, pk__lt=job.pk)
    return ContainerJob.objects.pending().filter(due & before, queue=job.queue, is_blocked=False).count()


def _blockers(job: ContainerJob) -> Iterator[Blocker]:
    if not job.is_blocked:
        return
    for dependency in job.dependencies.select_related("upstream", "upstream_array").order_by("id"):
        if dependency.upstream is not None and not Status(dependency.upstream.status).is_terminal:
            upstream = dependency.upstream
            yield Blocker(what=str(upstream), after=dependency.after, status=upstream.status)
        elif dependency.upstream_array is not None:
            array = dependency.upstream_array
            if going_on := array.jobs.exclude(status__in=[s.value for s in Status if s.is_terminal]).count():
                yield Blocker(what=str(array), after=dependency.after, status=f"not over: {going_on} jobs go on")


def _key_wait(job: ContainerJob) -> KeyWait | None:
    if not job.concurrency_key:
        return None
    active = ContainerJob.objects.active().filter(concurrency_key=job.concurrency_key).exclude(pk=job.pk)
    holders = tuple(active.order_by("id").values_list("pk", flat=True)[:_HOLDERS_SHOWN])
    if len(holders) < min(job.concurrency_limit, _HOLDERS_SHOWN):
        return None
    return KeyWait(key=job.concurrency_key, limit=job.concurrency_limit, holders=holders)


def _array_wait(job: ContainerJob) -> KeyWait | None:
    array = job.array
    if array is None or array.max_running is None:
        return None
    active = ContainerJob.objects.active().filter(array=array).exclude(pk=job.pk)
    if active.count() < array.max_running:
        return None
    holders = tuple(active.order_by("id").values_list("pk", flat=True)[:_HOLDERS_SHOWN])
    return KeyWait(key=f"array {array.pk}", limit=array.max_running, holders=holders)


def _answer(judgement: Judgement) -> HostAnswer:
    return HostAnswer(
        name=judgement.host.name,
        takes_it=judgement.fits,
        may_later=judgement.may_fit_later,
        objections=tuple(objection.message for objection in judgement.objections),
    )
