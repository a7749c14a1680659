"""Which host a job is given, out of what is free."""

from __future__ import annotations

import pytest
from django.db import transaction

from container_manager.models import Attempt, ContainerJob, ExecutorHost
from container_manager.services.claims import claim_pending
from container_manager.services.rooms import Rooms
from tests.integration.stored import JobStore


@pytest.fixture(autouse=True)
def allow_fakes(settings) -> None:
    settings.CONTAINER_MANAGER = {"allow_unisolated": True}


def host(name: str, **fields) -> ExecutorHost:
    return ExecutorHost.objects.create(**{"name": name, "executor_type": "fake", "max_running": 4, **fields})


def taken(*jobs: ContainerJob) -> list[str | None]:
    with transaction.atomic():
        rooms = Rooms(list(ExecutorHost.objects.values_list("pk", flat=True)))
        chosen = [rooms.take(job) for job in jobs]
    return [found.name if found else None for found in chosen]


def test_memory_is_not_promised_twice(store: JobStore) -> None:
    host("one", memory_mb=1000)

    assert taken(*(store.job(memory_limit=400) for _ in range(3))) == ["one", "one", None]


def test_work_spreads_over_the_hosts(store: JobStore) -> None:
    host("a", max_running=2)
    host("b", max_running=2)

    assert sorted(taken(*(store.job() for _ in range(4)))) == ["a", "a", "b", "b"]


def test_a_job_goes_where_its_labels_are(store: JobStore) -> None:
    host("plain")
    host("labelled", labels={"disk": "ssd"})
    job = store.job()
    ContainerJob.objects.filter(pk=job.pk).update(host_labels={"disk": "ssd"})
    job.refresh_from_db()

    assert taken(job) == ["labelled"]


def test_small_jobs_do_not_take_what_a_large_one_ahead_of_them_waits_for(store: JobStore) -> None:
    one = host("one", memory_mb=1000)
    Attempt.objects.create(job=store.job(memory_limit=500), host=one, number=1)

    assert taken(store.job(memory_limit=800), store.job(memory_limit=400), store.job()) == [None, None, "one"]


def test_a_job_that_can_never_fit_keeps_no_room(store: JobStore) -> None:
    host("one", memory_mb=1000)

    assert taken(store.job(memory_limit=1001), store.job(memory_limit=1000)) == [None, "one"]


def test_jobs_behind_many_that_do_not_fit_are_found(store: JobStore) -> None:
    small = host("small", memory_mb=100)
    for _ in range(30):
        store.job(memory_limit=200)
    fitting = store.job(memory_limit=50)

    assert [claimed.lease.job_id for claimed in claim_pending("w", limit=2, hosts=[small.pk])] == [fitting.pk]
