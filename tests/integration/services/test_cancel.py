from __future__ import annotations

import pytest
from django.db import connection

from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob
from container_manager.services.cancel import cancel_job
from container_manager.services.errors import JobAlreadyEndedError, UnknownJobError


def test_a_pending_job_is_cancelled_at_once(store) -> None:
    job = store.job()
    assert cancel_job(job.pk, asked_by="ada").status is Status.CANCELLED
    job.refresh_from_db()
    assert job.status == Status.CANCELLED
    assert job.finished_at is not None
    assert job.cancel_requested_at is not None
    event = job.events.last()
    assert (event.kind, event.status, event.message) == ("cancel_requested", "cancelled", "asked for by ada")


def test_a_running_job_is_left_to_its_worker(store) -> None:
    job = store.running()
    assert cancel_job(job.pk).status is Status.CANCELLING
    job.refresh_from_db()
    assert job.finished_at is None
    assert job.cancel_requested_at is not None


def test_asking_again_changes_nothing(store) -> None:
    job = store.running()
    cancel_job(job.pk)
    events = job.events.count()
    answer = cancel_job(job.pk)
    assert answer.was_asked_before
    assert job.events.count() == events


@pytest.mark.parametrize(
    ("status", "attempt", "said"),
    [
        ("completed", {"exit_code": 0}, "it completed at 2026-01-02 03:05:20 UTC with exit code 0."),
        ("failed", {"exit_code": 137, "failure_reason": "oom"}, "it failed at .* with exit code 137 \\(oom\\)."),
        ("timeout", {"failure_reason": "timeout"}, "it was stopped at its time limit at 2026-01-02 03:05:20 UTC."),
        ("cancelled", {"failure_reason": "cancelled"}, "it was cancelled at 2026-01-02 03:05:20 UTC."),
    ],
)
def test_a_job_that_is_over_is_not_cancelled_but_told_how_it_ended(store, status, attempt, said) -> None:
    job = store.ended(status, attempt=attempt)
    events = job.events.count()
    with pytest.raises(JobAlreadyEndedError, match=said):
        cancel_job(job.pk)
    assert job.events.count() == events


def test_an_unknown_job_is_told(db) -> None:
    with pytest.raises(UnknownJobError, match=r"There is no job 7\."):
        cancel_job(7)


def test_a_job_that_moves_on_meanwhile_is_looked_at_again(store) -> None:
    job = store.job()
    moved = []

    def a_worker_is_quicker(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and not moved:
            moved.append(True)
            ContainerJob.objects.filter(pk=job.pk).update(status="launching")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(a_worker_is_quicker):
        assert cancel_job(job.pk).status is Status.CANCELLING
    assert [event.kind for event in job.events.all()] == ["submitted", "cancel_requested"]
