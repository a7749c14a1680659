"""Arrays: made at once, held to their limit, waited for, summed up, restarted."""

from __future__ import annotations

import re

import pytest

from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob, JobArray
from container_manager.services.arrays import (
    UnknownArrayError,
    index_ranges,
    restart_failed,
    submit_array,
    summarize_array,
)
from container_manager.services.cancel import cancel_jobs
from container_manager.services.claims import claim_pending
from container_manager.services.job_list import list_jobs
from container_manager.services.waiting import explain_waiting
from container_manager.validation.problems import InvalidJobError
from tests.integration.services.job_graphs import claim, end, happened, run


def _jobs(array_id: int) -> list[ContainerJob]:
    return list(ContainerJob.objects.filter(array=array_id).order_by("array_index"))


def _claim_all(store, limit: int = 100) -> list[int]:
    host = store.host("fakes", executor_type="fake", max_running=1000)
    claimed = claim_pending("w", limit=limit, hosts=[host.pk])
    return [attempt.lease.job_id for attempt in claimed]


def test_an_array_is_many_ordinary_jobs_that_know_their_places(store) -> None:
    array = submit_array(image="debian", command=["work"], size=3, name="render", environment={"A": "b"}, priority=7)
    jobs = _jobs(array.id)
    assert [job.array_index for job in jobs] == [0, 1, 2]
    assert [job.environment["SICKBAY_ARRAY_INDEX"] for job in jobs] == ["0", "1", "2"]
    assert {job.environment["SICKBAY_ARRAY_SIZE"] for job in jobs} == {"3"}
    assert {(job.name, job.environment["A"], job.priority, job.status) for job in jobs} == {
        ("render", "b", 7, "pending")
    }
    assert all(happened(job) == [("submitted", "")] for job in jobs)


def test_ten_thousand_jobs_are_made_at_once_and_held_to_their_limit(store) -> None:
    array = ContainerJob.objects.create_array(image="debian", size=10_000, max_running=5)
    assert array.jobs.count() == 10_000
    assert len(set(array.jobs.values_list("array_index", flat=True))) == 10_000
    assert len(_claim_all(store)) == 5
    assert _claim_all(store) == []


def test_no_more_than_its_limit_are_active_at_once(store) -> None:
    array = submit_array(image="debian", size=5, max_running=2)
    other = store.job()
    first, second, third = _claim_all(store)
    assert third == other.pk
    assert _claim_all(store) == []
    ContainerJob.objects.filter(pk=first).update(status="completed", finished_at="2026-01-01T00:00Z")
    assert len(_claim_all(store)) == 1
    assert ContainerJob.objects.active().filter(array=array.id).count() == 2
    assert second in ContainerJob.objects.active().values_list("pk", flat=True)


def test_a_job_that_waits_for_a_place_in_its_array_says_so(store) -> None:
    array = submit_array(image="debian", size=2, max_running=1)
    first, second = _jobs(array.id)
    assert not any("array" in reason for reason in explain_waiting(second.pk).reasons())
    claim(first)
    assert f"Its array {array.id} allows 1 at once; active of it: {first.pk}." in explain_waiting(second.pk).reasons()


def test_an_array_is_held_to_its_concurrency_key_too(store) -> None:
    submit_array(image="debian", size=5, max_running=3, concurrency_key="k", concurrency_limit=4)
    submit_array(image="debian", size=5, max_running=3, concurrency_key="k", concurrency_limit=4)
    assert len(_claim_all(store)) == 4


@pytest.mark.parametrize(
    ("exit_codes", "after", "after_failure", "after_either"),
    [
        ((0, 0), "pending", "cancelled", "pending"),
        ((0, 1), "cancelled", "pending", "pending"),
        ((1, 1), "cancelled", "pending", "pending"),
    ],
)
def test_a_job_waits_for_a_whole_array(store, exit_codes, after, after_failure, after_either) -> None:
    array = submit_array(image="debian", size=2)
    dependents = [store.job(after=array), store.job(after_failure=array), store.job(after_either=array)]
    for job, exit_code in zip(_jobs(array.id), exit_codes, strict=True):
        assert all(job.is_blocked for job in ContainerJob.objects.filter(pk=dependents[2].pk))
        run(job, exit_code)
    for job in dependents:
        job.refresh_from_db()
    assert [job.status for job in dependents] == [after, after_failure, after_either]


def test_that_an_array_can_not_succeed_is_known_with_its_first_failure(store) -> None:
    array = submit_array(image="debian", size=3)
    dependent = store.job(after=array)
    failed = run(_jobs(array.id)[1], exit_code=1)
    dependent.refresh_from_db()
    assert dependent.status == "cancelled"
    why = f"it was to run after the success of array {array.id}, of which job {failed.pk} (index 1) failed (exit_code)"
    assert happened(dependent)[-1] == ("dependency_failed", why)


def test_an_array_waits_for_an_array(store) -> None:
    first = submit_array(image="debian", size=2)
    second = submit_array(image="debian", size=3, after=first)
    third = submit_array(image="debian", size=2, after=second)
    run(_jobs(first.id)[0])
    assert {job.is_blocked for job in _jobs(second.id)} == {True}
    run(_jobs(first.id)[1], exit_code=2)
    assert {job.status for job in (*_jobs(second.id), *_jobs(third.id))} == {"cancelled"}


def test_each_job_of_an_array_is_retried_by_itself(store) -> None:
    retry = {"max_attempts": 2, "reasons": ["exit_code"], "backoff_seconds": 0}
    array = submit_array(image="debian", size=2, retry=retry)
    first, second = _jobs(array.id)
    run(first, exit_code=1)
    run(second)
    assert (first.status, second.status) == ("pending", "completed")


def test_a_summary_counts_names_what_failed_and_tells_how_long_it_took(store) -> None:
    array = submit_array(image="debian", size=6, name="render", max_running=4)
    jobs = _jobs(array.id)
    run(jobs[0])
    run(jobs[1])
    for job in jobs[2:4]:
        run(job, exit_code=3)
    store.diagnosis(jobs[2].attempts.get())
    claim(jobs[4])

    summary = summarize_array(array.id)

    assert summary.counts == {Status.PENDING: 1, Status.LAUNCHING: 1, Status.COMPLETED: 2, Status.FAILED: 2}
    assert summary.failed_indexes == (2, 3)
    assert summary.durations is not None
    assert 0 <= summary.durations.shortest <= summary.durations.median <= summary.durations.longest < 60
    assert summary.first_failure is not None
    assert (summary.first_failure.index, summary.first_failure.cause) == (2, "container-command-not-found")
    assert not summary.is_over
    assert summary.as_json()["counts"]["failed"] == 2


def test_a_new_array_has_nothing_to_tell_yet(store) -> None:
    summary = summarize_array(submit_array(image="debian", size=2).id)
    assert (summary.counts, summary.failed_indexes, summary.durations) == ({Status.PENDING: 2}, (), None)
    assert summary.first_failure is None


def test_only_what_failed_is_restarted(store) -> None:
    array = submit_array(image="debian", size=4)
    jobs = _jobs(array.id)
    run(jobs[0])
    run(jobs[1], exit_code=1)
    running = claim(jobs[2])
    assert restart_failed(array.id) == [1]
    assert [job.status for job in _jobs(array.id)] == ["completed", "pending", "launching", "pending"]
    assert restart_failed(array.id) == []
    assert running is not None


def test_cancelling_an_array_leaves_what_is_over(store) -> None:
    array = submit_array(image="debian", size=3)
    run(_jobs(array.id)[0])
    running = claim(_jobs(array.id)[1])
    cancel_jobs(array=array.id)
    assert [job.status for job in _jobs(array.id)] == ["completed", "cancelling", "cancelled"]
    assert running is not None
    end(running, 1)
    assert summarize_array(array.id).is_over


def test_the_jobs_of_an_array_are_listed(store) -> None:
    store.job()
    array = submit_array(image="debian", size=2)
    assert [(job.array, job.array_index) for job in list_jobs(array=array.id)] == [(array.id, 1), (array.id, 0)]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"size": 0}, "size: must be at least 1 jobs"),
        ({"size": 100_001}, "size: must be at most 100000 jobs"),
        ({"size": None}, "size: is missing."),
        ({"max_running": 0}, "max_running: must be at least 1"),
        ({"dedup_key": "k"}, "dedup_key: stands for one job"),
        ({"environment": {"SICKBAY_ARRAY_INDEX": "1"}}, "environment['SICKBAY_ARRAY_INDEX']: is set by the array."),
        ({"image": "Debian"}, "image:"),
        ({"after": 4711}, "after: there is no job 4711."),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_stored(store, fields, told) -> None:
    with pytest.raises(InvalidJobError, match=re.escape(told)):
        submit_array(**{"image": "debian", "size": 2, **fields})
    assert not JobArray.objects.exists()
    assert not ContainerJob.objects.exists()


def test_an_array_of_which_each_job_waits_for_very_many_is_refused(store) -> None:
    upstream = submit_array(image="debian", size=30)
    with pytest.raises(InvalidJobError, match="makes 10000 jobs wait for 30 others each"):
        submit_array(image="debian", size=10_000, after=_jobs(upstream.id))


def test_an_unknown_array_is_told(db) -> None:
    for ask in (summarize_array, restart_failed):
        with pytest.raises(UnknownArrayError, match="There is no array 7"):
            ask(7)


@pytest.mark.parametrize(
    ("indexes", "words"), [([], ""), ([3], "3"), ([0, 1, 2], "0-2"), ([9, 1, 2, 4, 5, 6], "1-2, 4-6, 9")]
)
def test_indexes_are_written_as_people_write_them(indexes, words) -> None:
    assert index_ranges(indexes) == words
