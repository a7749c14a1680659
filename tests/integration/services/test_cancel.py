from __future__ import annotations

import pytest
from django.db import connection

from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob
from container_manager.services import cancel
from container_manager.services.cancel import cancel_job, cancel_jobs
from container_manager.services.errors import InvalidFilterError, JobAlreadyEndedError, UnknownJobError
from container_manager.services.leases import reserve
from container_manager.services.takeover import take_over


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


def test_a_jobs_end_by_cancellation_has_its_reason(store) -> None:
    job = store.job()
    cancel_job(job.pk)
    job.refresh_from_db()
    assert job.failure_reason == "cancelled"


def test_many_jobs_are_cancelled_by_what_they_have_in_common(store) -> None:
    waiting, running, over = store.job(queue="night"), store.running(queue="night"), store.ended(queue="night")
    elsewhere = store.job(queue="day")

    answer = cancel_jobs(queue="night", asked_by="ada")
    again = cancel_jobs(queue="night")

    assert (answer.cancelled, answer.cancelling, answer.asked_before) == ((waiting.pk,), (running.pk,), ())
    assert (again.cancelled, again.cancelling, again.asked_before) == ((), (), (running.pk,))
    statuses = dict(ContainerJob.objects.values_list("pk", "status"))
    assert statuses == {
        waiting.pk: "cancelled",
        running.pk: "cancelling",
        over.pk: "completed",
        elsewhere.pk: "pending",
    }
    for job in (waiting, running):
        event = job.events.get(kind="cancel_requested")
        assert (event.status, event.message) == (statuses[job.pk], "asked for by ada")


def test_a_name_is_the_exact_one_and_filters_narrow_each_other(store) -> None:
    one = store.job(name="report", queue="night")
    store.job(name="report 2", queue="night")
    store.job(name="report", queue="day")
    assert cancel_jobs(name="report", queue="night").cancelled == (one.pk,)


def test_an_array_is_cancelled_whole(store) -> None:
    array = ContainerJob.objects.create_array(image="debian:12", command=["true"], size=3)
    store.job()
    assert len(cancel_jobs(array=array.pk).cancelled) == 3


def test_more_jobs_than_one_bite_are_cancelled(store, monkeypatch) -> None:
    monkeypatch.setattr(cancel, "_AT_ONCE", 5)
    ContainerJob.objects.create_array(image="debian:12", command=["true"], size=12, queue="many")
    answer = cancel_jobs(queue="many")
    assert len(answer.cancelled) == 12
    assert not ContainerJob.objects.pending().exists()


def test_what_waits_for_a_cancelled_job_is_cancelled_with_it(store) -> None:
    first = store.job(name="first")
    second = store.job(after=[first])
    cancel_jobs(name="first")
    second.refresh_from_db()
    assert second.status == "cancelled"


@pytest.mark.parametrize("filters", [{}, {"array": 4711}])
def test_a_filter_that_names_nothing_is_refused(store, filters) -> None:
    with pytest.raises(InvalidFilterError):
        cancel_jobs(**filters)


def test_a_job_that_was_kept_for_one_worker_is_cancelled_and_let_go(store) -> None:
    job = store.job()
    reserve(job.pk, "run_job", 60)
    cancel_job(job.pk)
    job.refresh_from_db()
    assert (job.status, job.lease_owner, job.lease_expires_at) == ("cancelled", "", None)
    assert take_over("w", limit=1) == []
