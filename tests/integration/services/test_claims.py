"""Which pending jobs a worker gets, in which order, and what is taken over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob, ExecutorHost, JobEvent, JobQueue
from container_manager.services.claimable import seconds_until_due
from container_manager.services.claims import ClaimedAttempt, claim_pending
from container_manager.services.leases import LeaseLostError, hand_back, renew
from container_manager.services.recording import record_cleared, record_started
from container_manager.services.takeover import take_over
from tests.integration.stored import JobStore


@pytest.fixture(autouse=True)
def host(store: JobStore, settings) -> ExecutorHost:
    settings.CONTAINER_MANAGER = {"allow_unisolated": True}
    return ExecutorHost.objects.create(name="memory", executor_type="fake", max_running=500)


def claim(limit: int = 100, worker: str = "w", **options) -> Sequence[ClaimedAttempt]:
    hosts = list(ExecutorHost.objects.values_list("pk", flat=True))
    return claim_pending(worker, limit=limit, hosts=hosts, **options)


def claimed(limit: int = 100, **options) -> list[int]:
    return [attempt.lease.job_id for attempt in claim(limit, **options)]


def lapse(*jobs: ContainerJob) -> None:
    past = timezone.now() - timedelta(minutes=5)
    ContainerJob.objects.filter(pk__in=[job.pk for job in jobs]).update(lease_expires_at=past)


def test_the_most_urgent_come_first_and_then_the_oldest(store: JobStore) -> None:
    low, old, new, high = (store.job(priority=priority) for priority in (-1, 0, 0, 7))

    assert claimed(3) == [high.pk, old.pk, new.pk]
    assert claimed() == [low.pk]


def test_only_the_queues_asked_for_are_served_and_paused_ones_rest(store: JobStore) -> None:
    reports, media, default = store.job(queue="reports"), store.job(queue="media"), store.job()
    JobQueue.objects.filter(name="media").update(is_paused=True)
    JobQueue.objects.get_or_create(name="media", defaults={"is_paused": True})

    assert claimed(queues=["reports", "media"]) == [reports.pk]
    assert claimed() == [default.pk]
    JobQueue.objects.filter(name="media").update(is_paused=False)
    assert claimed() == [media.pk]


def test_a_job_is_not_begun_before_its_time_and_the_wait_for_it_is_known(store: JobStore) -> None:
    job = store.job(not_before=timedelta(minutes=10))

    assert claimed() == []
    assert 590 < (seconds_until_due() or 0) <= 600
    assert seconds_until_due(queues=["other"]) is None
    ContainerJob.objects.filter(pk=job.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    assert claimed() == [job.pk]
    assert seconds_until_due() is None


@pytest.mark.parametrize("kept_back", [{"is_blocked": True}, {"is_clearing": True}])
def test_a_job_that_something_keeps_back_is_left_alone(store: JobStore, kept_back: dict[str, bool]) -> None:
    job = store.job()
    ContainerJob.objects.filter(pk=job.pk).update(**kept_back)

    assert claimed() == []


def test_a_job_whose_deadline_has_passed_is_left_alone(store: JobStore) -> None:
    job = store.job(deadline=timedelta(minutes=1))
    past = timezone.now() - timedelta(seconds=1)
    ContainerJob.objects.filter(pk=job.pk).update(deadline=past, expires_at=past)

    assert claimed() == []


def test_no_more_of_a_key_are_active_than_a_job_allows(store: JobStore) -> None:
    jobs = [store.job(concurrency_key="disk", concurrency_limit=2) for _ in range(4)]
    generous = store.job(concurrency_key="disk", concurrency_limit=3)
    other = store.job(concurrency_key="net")
    free = store.job()

    assert claimed() == [jobs[0].pk, jobs[1].pk, generous.pk, other.pk, free.pk]
    assert claimed() == []
    ContainerJob.objects.filter(pk__in=[jobs[0].pk, generous.pk]).update(status="failed", finished_at=timezone.now())
    assert claimed() == [jobs[2].pk]


def test_jobs_behind_many_of_a_full_key_are_found(store: JobStore) -> None:
    first = store.job(concurrency_key="k")
    for _ in range(30):
        store.job(concurrency_key="k")
    behind = store.job()

    assert claimed(2) == [first.pk, behind.pk]


def test_a_claim_of_many_costs_few_statements(store: JobStore) -> None:
    def statements(jobs: int) -> int:
        for _ in range(jobs):
            store.job()
        with CaptureQueriesContext(connection) as queries:
            assert len(claim()) == jobs
        return len(queries)

    one = statements(1)
    assert statements(50) <= one
    assert one <= 16


def test_a_claim_makes_an_attempt_an_event_and_a_lease(store: JobStore) -> None:
    job = store.job(memory_limit=128)
    [attempt] = claim()

    job.refresh_from_db()
    assert (job.status, job.lease_owner, job.lease_token) == ("launching", "w", attempt.lease.token)
    assert (attempt.fresh, attempt.spec.memory_limit_mb, attempt.host_name) == (True, 128, "memory")
    assert Attempt.objects.get(job=job).pk == attempt.lease.attempt_id
    assert list(JobEvent.objects.filter(job=job).values_list("kind", flat=True)) == ["submitted", "claimed"]


def test_what_a_worker_left_is_taken_over_once(store: JobStore) -> None:
    started, launching, held = store.job(), store.job(), store.job()
    leases = {attempt.lease.job_id: attempt.lease for attempt in claim()}
    record_started(leases[started.pk], "handle", None)
    lapse(started, launching)

    taken = take_over("next", limit=10)

    assert [(one.lease.job_id, one.status, one.handle, one.fresh) for one in taken] == [
        (started.pk, Status.RUNNING, "handle", False),
        (launching.pk, Status.LAUNCHING, "", False),
    ]
    assert take_over("third", limit=10) == []
    with pytest.raises(LeaseLostError):
        record_started(leases[launching.pk], "late", None)
    assert ContainerJob.objects.get(pk=held.pk).lease_owner == "w"


def test_what_is_handed_back_is_taken_over_at_once_also_where_only_clearing_is_left(store: JobStore) -> None:
    running, over = store.job(), store.job()
    leases = [attempt.lease for attempt in claim()]
    now = timezone.now()
    ContainerJob.objects.filter(pk=over.pk).update(status="completed", finished_at=now)
    Attempt.objects.filter(job=over).update(ended_at=now, handle="handle")
    hand_back(leases)

    taken = take_over("next", limit=10)

    assert [(one.lease.job_id, one.ended) for one in taken] == [(running.pk, False), (over.pk, True)]
    record_cleared(taken[1].lease, removed=True)
    assert take_over("third", limit=10, held=[running.pk]) == []


def test_renewing_and_handing_back_many_leases_is_one_statement_each(store: JobStore) -> None:
    jobs = [store.job() for _ in range(20)]
    leases = [attempt.lease for attempt in claim()]

    with CaptureQueriesContext(connection) as queries:
        assert renew(leases, 60) == []
        hand_back(leases)

    assert len(queries) == 2
    lapse(*jobs[:1])
    [taken] = take_over("next", limit=1, held=[job.pk for job in jobs[1:]])
    assert [lost.job_id for lost in renew(leases, 60) if lost.job_id == taken.lease.job_id] == [jobs[0].pk]


def test_starts_of_many_attempts_are_stored_together_and_a_lost_lease_is_its_own(store: JobStore) -> None:
    first, lost, last = (store.job() for _ in range(3))
    leases = [attempt.lease for attempt in claim()]
    lapse(lost)
    take_over("next", limit=1, held=[first.pk, last.pk])

    answers = record_started.answer_all([((lease, f"handle-{lease.job_id}", None), {}) for lease in leases])

    assert [answers[0], answers[2]] == [Status.RUNNING, Status.RUNNING]
    assert isinstance(answers[1], LeaseLostError)
    handles = Attempt.objects.order_by("job_id").values_list("handle", flat=True)
    assert list(handles) == [f"handle-{first.pk}", "", f"handle-{last.pk}"]
