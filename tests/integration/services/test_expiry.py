"""Jobs that wait too long end without an attempt, by the database's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now

from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob
from container_manager.services import expiry
from container_manager.services.expiry import expire_pending
from tests.integration.services.job_graphs import claim

MINUTE = timedelta(minutes=1)


def let_pass(job: ContainerJob, passed: timedelta) -> None:
    """Make the job as old as if this time had passed."""
    ContainerJob.objects.filter(pk=job.pk).update(expires_at=F("expires_at") - passed, deadline=F("deadline") - passed)


def ended(job: ContainerJob) -> tuple[str, str]:
    job.refresh_from_db()
    return job.status, job.failure_reason


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ({"queue_timeout_seconds": 60}, "queue_timeout"),
        ({"deadline": MINUTE}, "deadline"),
        ({"queue_timeout_seconds": 60, "deadline": 2 * MINUTE}, "queue_timeout"),
        ({"queue_timeout_seconds": 120, "deadline": MINUTE}, "deadline"),
        ({"not_before": timedelta(seconds=30), "queue_timeout_seconds": 30}, "queue_timeout"),
    ],
)
def test_a_job_expires_at_the_first_of_its_limits_and_not_before(store, limit: dict[str, Any], reason: str) -> None:
    job = store.job(**limit)
    let_pass(job, timedelta(seconds=50))
    assert expire_pending() == []
    let_pass(job, timedelta(seconds=10))
    assert expire_pending() == [job.pk]
    assert ended(job) == ("timeout", reason)
    assert job.finished_at is not None
    assert not job.attempts.exists()
    assert job.events.last().kind == "expired"
    assert expire_pending() == []


def test_a_job_without_limits_waits_for_ever(store) -> None:
    job = store.job()
    assert job.expires_at is None
    assert expire_pending() == []


def test_a_job_whose_moment_has_come_is_not_begun_even_before_somebody_ended_it(store) -> None:
    job = store.job(queue_timeout_seconds=60)
    let_pass(job, MINUTE)
    assert claim(job) is None
    job.refresh_from_db()
    assert job.status == Status.PENDING


def test_a_job_that_began_in_time_is_left_to_its_worker(store) -> None:
    job = store.job(queue_timeout_seconds=60)
    assert claim(job) is not None
    let_pass(job, 2 * MINUTE)
    assert expire_pending() == []


def test_what_waits_for_others_does_not_wait_in_the_queue(store) -> None:
    first = store.job()
    second = store.job(after=[first], queue_timeout_seconds=60)
    assert second.expires_at is None
    assert store.job(after=[first], queue_timeout_seconds=60, deadline=MINUTE).expires_at is not None


def test_between_two_attempts_it_is_the_total_timeout_that_ends_a_job(store) -> None:
    job = store.job(total_timeout_seconds=90, queue_timeout_seconds=1)
    store.attempt(job, ended_at=Now())
    ContainerJob.objects.filter(pk=job.pk).update(expires_at=Now())
    assert expire_pending() == [job.pk]
    assert ended(job) == ("timeout", "total_timeout")


def test_many_expire_in_bites(store, monkeypatch) -> None:
    monkeypatch.setattr(expiry, "_AT_ONCE", 5)
    ContainerJob.objects.create_array(image="debian:12", command=["true"], size=12, deadline=MINUTE)
    ContainerJob.objects.update(expires_at=Now())
    assert len(expire_pending()) == 12
    assert Attempt.objects.count() == 0


def test_what_waits_for_an_expired_job_learns_of_its_end(store) -> None:
    first = store.job(deadline=MINUTE)
    after_failure = store.job(after_failure=[first])
    after_success = store.job(after=[first])
    let_pass(first, 2 * MINUTE)

    expire_pending()

    after_failure.refresh_from_db()
    assert (after_failure.status, after_failure.is_blocked) == ("pending", False)
    assert ended(after_success)[0] == "cancelled"
