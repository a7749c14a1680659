"""Storing how attempts end, with the last of their logs, and what becomes of their jobs: one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from container_manager.executors.base import Exited
from container_manager.lifecycle.events import Event, RetryScheduled
from container_manager.lifecycle.machine import Transition, transition
from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob
from container_manager.services.dependencies import follow_ends
from container_manager.services.grouped import Grouped
from container_manager.services.leases import Lease, LeaseLostError, locked_jobs, now_of
from container_manager.services.log_storage import PackedBatch, store_batches
from container_manager.services.recording import add_events
from container_manager.services.retrying import Aftermath, aftermath, failure_of
from container_manager.services.row_updates import RowUpdate, update_alike, update_rows
from container_manager.services.usage_records import usage_columns


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How an attempt ended: what happened, in which words, and what the platform reported, if it could."""

    kind: str
    event: Event
    message: str = ""
    exit_code: int | None = None
    observation: Exited | None = None
    signal: int | None = None
    is_transient: bool = False
    """Whether the platform says of a refused launch that it may succeed later."""
    usage_series: bytes | None = None
    """What was sampled while it ran, packed."""


@dataclass(frozen=True, kw_only=True)
class End:
    """An attempt is over."""

    lease: Lease
    ending: Ending
    last: PackedBatch | None = None
    """The rest of its log, if that is not stored yet."""


def _end(lease: Lease, ending: Ending, last: PackedBatch | None = None) -> End:
    return End(lease=lease, ending=ending, last=last)


def _record_ends(ends: Sequence[End]) -> Sequence[Transition | LeaseLostError]:
    with transaction.atomic(savepoint=False):
        jobs = locked_jobs([end.lease for end in ends], only=_OF_AN_ENDED_JOB, to_end=True)
        batches = [(end.lease, end.last) for end in ends if end.last is not None]
        logs = {update.where["id"]: update.changes for update in store_batches(jobs, batches)}
        stored = [_stored(end, job, now_of(job)) for end in ends if (job := jobs.get(end.lease)) is not None]
        update_alike(ContainerJob, {one.lease.job_id: one.job for one in stored})
        update_rows(Attempt, (_attempt_update(one, logs.get(one.lease.attempt_id, {})) for one in stored))
        add_events(event for one in stored for event in one.events)
        follow_ends([jobs[one.lease] for one in stored if one.after.status.is_terminal])
        after = {one.lease: one.after for one in stored}
        return [after.get(end.lease) or LeaseLostError(end.lease) for end in ends]


#: What an end is decided by where nothing has failed; a retry policy looks further.
_OF_AN_ENDED_JOB = (
    "status",
    "array",
    "retry_policy",
    "restarted_after",
    "raised_memory_limit",
    "memory_limit",
    "deadline",
    "total_timeout_seconds",
)


@dataclass(frozen=True, kw_only=True)
class _StoredEnd:
    """What is written about one end."""

    lease: Lease
    after: Transition
    job: Mapping[str, object]
    attempt: Mapping[str, object]
    events: Sequence[tuple[Lease, str, Status, str]]


def _attempt_update(stored: _StoredEnd, log: Mapping[str, object]) -> RowUpdate:
    return RowUpdate(where={"id": stored.lease.attempt_id}, changes={**log, **stored.attempt})


def _stored(end: End, job: ContainerJob, now: datetime) -> _StoredEnd:
    lease, ending = end.lease, end.ending
    after = transition(Status(job.status), ending.event)
    follows = _aftermath(job, lease, ending, after)
    if follows.is_tried_again:
        after = replace(transition(after.status, RetryScheduled()), reason=after.reason)
    changes: dict[str, object] = {"status": after.status.value, **follows.columns}
    if after.status.is_terminal:
        changes |= {"finished_at": now, "failure_reason": after.reason or ""}
    outcome = {"ended_at": now, "log_complete": True, **_outcome(ending)}
    outcome |= {"failure_reason": after.reason or "", "failure_message": ending.message}
    told = [(lease, ending.kind, after.status, ending.message)]
    if follows.kind:
        told.append((lease, follows.kind, after.status, follows.message))
    return _StoredEnd(
        lease=lease,
        after=after,
        job=changes,
        attempt=outcome,
        events=told,
    )


def _aftermath(job: ContainerJob, lease: Lease, ending: Ending, after: Transition) -> Aftermath:
    exit_code = ending.exit_code if ending.observation is None else ending.observation.exit_code
    number = lease.attempt_number
    failure = failure_of(job, number, after.reason, exit_code=exit_code, is_transient=ending.is_transient)
    return aftermath(job, number, after.status, failure)


def _outcome(ending: Ending) -> dict[str, object]:
    seen = ending.observation
    if seen is None:
        return {"exit_code": ending.exit_code}
    outcome: dict[str, object] = {
        "exit_code": seen.exit_code,
        "signal": ending.signal,
        "oom_killed": seen.oom_killed,
        "finished_at": seen.finished_at,
        **usage_columns(seen.usage),
    }
    if ending.usage_series is not None:
        outcome["usage_series"] = ending.usage_series
    if seen.started_at is not None:
        outcome["started_at"] = seen.started_at
    return outcome


record_ended = Grouped(_end, _record_ends)
"""Store how the attempt ended, and with it the job, or when the job is tried again: it is pending then.

What of the log is not given here the caller has stored before.
"""
