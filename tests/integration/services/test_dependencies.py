"""Jobs that wait for others: released, cancelled, and never forgotten."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from container_manager.models import ContainerJob, JobDependency
from container_manager.services.cancel import cancel_job
from container_manager.services.dependencies import follow_ends, settle_forgotten
from container_manager.services.submit import submit_job
from container_manager.validation.problems import InvalidJobError
from tests.integration.services.job_graphs import claim, happened, run


def _stands(job: ContainerJob) -> tuple[str, bool]:
    job.refresh_from_db()
    return job.status, job.is_blocked


def test_a_job_waits_for_the_success_of_another(store) -> None:
    first = store.job()
    second = store.job(after=first)
    assert _stands(second) == ("pending", True)
    assert claim(second) is None

    run(first)

    assert _stands(second) == ("pending", False)
    assert happened(second) == [("submitted", ""), ("dependencies_met", "")]
    assert run(second).status == "completed"


def test_a_job_is_told_by_its_id_and_as_it_was_submitted(store) -> None:
    submitted = submit_job(image="debian")
    job = store.job(after=[submitted, store.job().pk])
    assert sorted(job.dependencies.values_list("upstream", flat=True)) == [submitted.id, submitted.id + 1]


def test_a_job_waits_for_all_of_several(store) -> None:
    first, second = store.job(), store.job()
    third = store.job(after=[first], after_either=[second])
    run(first)
    assert _stands(third) == ("pending", True)
    run(second, exit_code=1)
    assert _stands(third) == ("pending", False)


@pytest.mark.parametrize(
    ("argument", "exit_code", "status"),
    [
        ("after", 0, "pending"),
        ("after", 3, "cancelled"),
        ("after_failure", 0, "cancelled"),
        ("after_failure", 3, "pending"),
        ("after_either", 0, "pending"),
        ("after_either", 3, "pending"),
    ],
)
@pytest.mark.parametrize("is_made_late", [False, True])
def test_it_is_the_same_whether_a_dependent_is_made_before_or_after_the_end(
    store, argument, exit_code, status, is_made_late
) -> None:
    first = store.job()
    if is_made_late:
        run(first, exit_code)
        second = store.job(**{argument: first})
    else:
        second = store.job(**{argument: first})
        run(first, exit_code)
    assert _stands(second)[0] == status
    assert (second.finished_at is not None) == (status == "cancelled")
    assert (claim(second) is not None) == (status == "pending")


def test_what_can_never_run_is_cancelled_down_the_graph_with_the_reason(store) -> None:
    first = store.job()
    second = store.job(after=first)
    third = store.job(after=second)
    cleanup = store.job(after_either=third)

    run(first, exit_code=3)

    assert [_stands(job)[0] for job in (second, third, cleanup)] == ["cancelled", "cancelled", "pending"]
    why = f"it was to run after the success of job {first.pk}, which failed (exit_code)"
    assert happened(second)[-1] == ("dependency_failed", why)
    assert happened(third)[-1][1] == f"it was to run after the success of job {second.pk}, which was cancelled"
    assert _stands(cleanup) == ("pending", False)
    assert second.failure_reason == "cancelled"


def test_cancelling_a_job_cancels_what_waits_for_its_success_or_failure(store) -> None:
    first = store.job()
    dependents = [store.job(after=first), store.job(after_failure=first), store.job(after_either=first)]
    cancel_job(first.pk)
    assert [_stands(job)[0] for job in dependents] == ["cancelled", "cancelled", "pending"]


def test_a_retried_job_is_not_over(store) -> None:
    first = store.job(retry={"max_attempts": 2, "reasons": ["exit_code"], "backoff_seconds": 0})
    second = store.job(after=first)
    run(first, exit_code=3)
    assert first.status == "pending"
    assert _stands(second) == ("pending", True)


def test_a_cancelled_dependent_stays_cancelled_when_its_upstream_ends(store) -> None:
    first = store.job()
    second = store.job(after=first)
    cancel_job(second.pk)
    run(first)
    assert _stands(second)[0] == "cancelled"
    assert happened(second)[-1][0] == "cancel_requested"


def test_the_queue_timeout_of_a_dependent_begins_when_it_is_released(store) -> None:
    first = store.job()
    second = store.job(after=first, queue_timeout_seconds=60)
    assert second.expires_at is None
    run(first)
    second.refresh_from_db()
    assert second.expires_at is not None


def test_an_unknown_upstream_is_refused_and_nothing_is_stored(store) -> None:
    with pytest.raises(InvalidJobError, match="after_failure: there is no job 4711"):
        store.job(after_failure=[4711])
    assert not ContainerJob.objects.exists()


def test_a_job_whose_upstream_was_deleted_is_cancelled(store) -> None:
    first = store.job()
    second = store.job(after_either=first)
    third = store.job(after=second)
    first.delete()
    assert settle_forgotten().cancelled == (second.pk, third.pk)
    assert _stands(second)[0] == "cancelled"
    assert happened(second)[-1][1] == "it was to run after a job that was deleted"


def test_nothing_is_forgotten_of_jobs_that_still_wait(store) -> None:
    first = store.job()
    waiting = [store.job(after=first), store.job(after_failure=first), store.job(after_either=first)]
    array = ContainerJob.objects.create_array(image="debian", size=2)
    waiting += [store.job(after=array), store.job(after_failure=array), store.job(after_either=array)]
    assert settle_forgotten().released == settle_forgotten().cancelled == ()
    assert {_stands(job) for job in waiting} == {("pending", True)}


def test_what_was_missed_is_made_good(store) -> None:
    first = store.job()
    dependents = [store.job(after=first), store.job(after_failure=first), store.job(after_either=first)]
    # As if a dependent had been made by a transaction that could not see the end.
    run(first)
    ContainerJob.objects.filter(pk__in=[job.pk for job in dependents]).update(
        status="pending", is_blocked=True, finished_at=None, failure_reason=""
    )
    followed = settle_forgotten()
    assert followed.released == (dependents[0].pk, dependents[2].pk)
    assert followed.cancelled == (dependents[1].pk,)


def test_the_end_of_a_job_without_dependents_costs_one_look(store) -> None:
    job = store.job()
    with (
        CaptureQueriesContext(
            connection,
        ) as queries,
        transaction.atomic(),
    ):
        follow_ends([job])
    looks = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    assert len(looks) == 1
    assert JobDependency._meta.db_table in looks[0]


def test_a_thousand_dependents_are_released_in_few_statements(store) -> None:
    first = store.job()
    array = ContainerJob.objects.create_array(image="debian", size=1000, after=first)
    with CaptureQueriesContext(connection) as queries:
        run(first)
    assert not array.jobs.filter(is_blocked=True).exists()
    assert len(queries) < 200
