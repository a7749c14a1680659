"""Another attempt of the same job."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob
from container_manager.services.errors import UnknownJobError
from container_manager.services.recording import record_cleared
from container_manager.services.restart import NotRestartableError, restart_job
from tests.integration.services.job_graphs import claim, end, run


def cleared(job: ContainerJob) -> ContainerJob:
    job.attempts.update(removed_at=Now())
    ContainerJob.objects.filter(pk=job.pk).update(lease_owner="", lease_expires_at=None, lease_token=1)
    job.refresh_from_db()
    return job


@pytest.mark.parametrize("status", ["failed", "timeout", "cancelled"])
def test_what_did_not_complete_is_pending_again_with_its_attempts(store, status) -> None:
    job = cleared(store.ended(status, attempt={"failure_reason": "exit_code", "exit_code": 3}))

    restarted = restart_job(job.pk, asked_by="ada")

    job.refresh_from_db()
    assert (job.status, job.finished_at, job.failure_reason) == (Status.PENDING, None, "")
    assert restarted.next_attempt == 2
    event = job.events.last()
    assert (event.kind, event.message) == ("restarted", "asked for by ada")
    claimed = claim(job)
    assert claimed is not None
    assert claimed.lease.attempt_number == 2
    assert [(attempt.number, attempt.exit_code) for attempt in job.attempts.all()] == [(1, 3), (2, None)]


def test_a_job_that_was_cancelled_before_any_attempt_is_restarted(store) -> None:
    job = store.ended("cancelled")
    job.attempts.all().delete()
    assert restart_job(job.pk).next_attempt == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [("completed", "clone it"), ("pending", "is pending: only what is over"), ("running", "cancel it first")],
)
def test_what_cannot_be_restarted_is_told_what_to_do_instead(store, status, said) -> None:
    job = {"completed": store.ended, "pending": store.job, "running": store.running}[status]()
    events = job.events.count()
    with pytest.raises(NotRestartableError, match=said):
        restart_job(job.pk)
    assert job.events.count() == events


def test_a_job_after_its_deadline_is_not_restarted(store) -> None:
    job = store.ended("failed", deadline=timedelta(hours=1))
    ContainerJob.objects.filter(pk=job.pk).update(deadline=Now())
    with pytest.raises(NotRestartableError, match="clone it with another one"):
        restart_job(job.pk)


def test_the_queue_timeout_begins_anew(store) -> None:
    job = store.ended("timeout", queue_timeout_seconds=60)
    ContainerJob.objects.filter(pk=job.pk).update(expires_at=Now() - timedelta(hours=1))
    restart_job(job.pk)
    job.refresh_from_db()
    assert job.expires_at > job.created_at


def test_the_next_attempt_waits_until_the_last_one_is_cleared_away(store) -> None:
    job = store.job()
    claimed = claim(job)
    assert claimed is not None
    ContainerJob.objects.filter(pk=job.pk).update(status="running")
    end(claimed, exit_code=3)

    restart_job(job.pk)

    assert claim(job) is None
    record_cleared(claimed.lease, removed=True)
    assert claim(job) is not None


def test_a_job_that_waited_for_what_failed_is_restarted_after_that_one(store) -> None:
    first = store.job()
    second = store.job(after=[first])
    run(first, exit_code=3)
    with pytest.raises(NotRestartableError, match="Restart that first"):
        restart_job(second.pk)

    restart_job(cleared(first).pk)
    restart_job(second.pk)

    second.refresh_from_db()
    assert (second.status, second.is_blocked) == ("pending", True)
    run(first)
    second.refresh_from_db()
    assert not second.is_blocked


def test_an_unknown_job_is_told(db) -> None:
    with pytest.raises(UnknownJobError):
        restart_job(7)
