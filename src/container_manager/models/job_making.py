"""Storing checked requests as jobs, in the transaction of whoever asks for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, models, transaction
from django.db.models.functions import Now

from container_manager.lifecycle.events import CancelRequested
from container_manager.lifecycle.machine import transition
from container_manager.lifecycle.status import Status
from container_manager.models.job_files import add_inputs, keep_inputs
from container_manager.models.job_waits import ends_of, hold_upstreams, in_words, prospects
from container_manager.models.job_warnings import WARNING, warnings_of
from container_manager.models.new_expiry import new_expiry
from container_manager.models.repeated_submit import refuse_difference
from container_manager.models.request_columns import columns_of
from container_manager.request.graph import Wait
from container_manager.request.job_request import JobRequest
from container_manager.scheduling.waits import Prospect, overall
from container_manager.validation.problems import Problems

if TYPE_CHECKING:
    from container_manager.models.container_job import ContainerJob

CANCELLED_BY_UPSTREAM = "dependency_failed"
"""The kind of the event that tells why a job was cancelled that waited for what can never come."""


@dataclass(frozen=True, kw_only=True)
class MadeJob:
    """The job that a submit stands for, and whether this very submit made it."""

    job: ContainerJob
    made_now: bool


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A checked request with what is not the request's business. ``columns`` are those of its job."""

    request: JobRequest
    columns: Mapping[str, Any] = field(default_factory=dict)

    @property
    def waits(self) -> Collection[Wait]:
        """What the job waits for."""
        return self.request.waits


@dataclass(frozen=True, kw_only=True)
class Outset:
    """How a new job begins: its columns, and why it is over already where it is."""

    columns: Mapping[str, Any]
    hopeless: str = ""

    def columns_for(self, draft: Draft) -> Mapping[str, Any]:
        """Return all columns of the job."""
        return {**columns_of(draft.request), **draft.columns, **self.columns}


def store_job(jobs: models.QuerySet[ContainerJob], draft: Draft) -> MadeJob:
    """Store one job, or find the one that its dedup key stands for. Call it within a transaction.

    Raises :class:`~container_manager.validation.problems.InvalidJobError` for upstream jobs that do not exist, and
    :class:`~container_manager.models.repeated_submit.DedupConflictError`.
    """
    key = draft.request.policy.dedup_key
    if not key:
        return MadeJob(job=insert_job(jobs, draft), made_now=True)
    if (found := jobs.filter(dedup_key=key).first()) is None:
        try:
            # The key may be taken in this very moment. A savepoint keeps the caller's transaction whole then.
            with transaction.atomic(using=jobs.db):
                return MadeJob(job=insert_job(jobs, draft), made_now=True)
        except IntegrityError:
            found = jobs.filter(dedup_key=key).first()
            if found is None:
                raise
    refuse_difference(found, draft.request, draft.columns)
    return MadeJob(job=found, made_now=False)


def outset(jobs: models.QuerySet[ContainerJob], request: JobRequest) -> Outset:
    """Say how a new job begins, and keep what it waits for from ending until the transaction is over.

    A job that is made just after an end that makes it hopeless begins as if it had been made just before.
    """
    begin = _outset(jobs, request.waits)
    # The queue timeout of a job that waits for others begins when they are over.
    is_blocked = begin.columns.get("is_blocked", False)
    expires_at = request.policy.deadline if is_blocked else new_expiry(request.policy, jobs.db)
    return Outset(columns={**begin.columns, "expires_at": expires_at}, hopeless=begin.hopeless)


def _outset(jobs: models.QuerySet[ContainerJob], waits: Collection[Wait]) -> Outset:
    if not waits:
        return Outset(columns={})
    upstreams = [wait.upstream for wait in waits]
    hold_upstreams(jobs, upstreams)
    ends = ends_of(jobs, upstreams)
    _refuse_unknown([wait for wait in waits if wait.upstream not in ends])
    standing = prospects(waits, ends)
    match overall(standing.values()):
        case Prospect.MET:
            return Outset(columns={})
        case Prospect.OPEN:
            return Outset(columns={"is_blocked": True})
        case Prospect.IMPOSSIBLE:
            lost = next(wait for wait, found in standing.items() if found is Prospect.IMPOSSIBLE)
            after = transition(Status.PENDING, CancelRequested())
            columns = {"status": after.status, "failure_reason": after.reason or "", "finished_at": Now()}
            return Outset(columns=columns, hopeless=in_words(jobs, lost))


def _dependency_columns(wait: Wait) -> Mapping[str, Any]:
    upstream = "upstream_array_id" if wait.upstream.is_array else "upstream_id"
    return {upstream: wait.upstream.id, "after": wait.after}


def insert_job(
    jobs: models.QuerySet[ContainerJob],
    draft: Draft,
    columns: Mapping[str, Any] | None = None,
    variables: Mapping[str, str] | None = None,
) -> ContainerJob:
    """Store one job, with these columns and environment variables besides. Call it within a transaction."""
    begin = outset(jobs, draft.request)
    all_columns = {**begin.columns_for(draft), **(columns or {})}
    all_columns["environment"] = {**all_columns["environment"], **(variables or {})}
    job = jobs.create(**all_columns)
    if draft.waits:
        rows = job.dependencies
        rows.bulk_create([rows.model(job=job, **_dependency_columns(wait)) for wait in draft.waits])
    add_inputs([job], keep_inputs(draft.request.files))
    job.events.create(kind="submitted", status=Status.PENDING)
    for warning in warnings_of(draft.request):
        job.events.create(kind=WARNING, status=Status.PENDING, message=warning)
    if begin.hopeless:
        job.events.create(kind=CANCELLED_BY_UPSTREAM, status=job.status, message=begin.hopeless)
        job.refresh_from_db(fields=["finished_at"])
    return job


def _refuse_unknown(waits: Collection[Wait]) -> None:
    problems = Problems()
    for wait in waits:
        problems.add(wait.field, f"there is no {wait.upstream}.", "manage.py list_jobs shows the jobs there are.")
    problems.raise_if_any()
