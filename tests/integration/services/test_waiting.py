"""What a pending job is told about the queue and about every host."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from container_manager.models import ContainerJob, ExecutorHost, JobDependency, JobQueue
from container_manager.services.errors import UnknownJobError
from container_manager.services.waiting import explain_waiting
from tests.integration.stored import JobStore


def change(job: ContainerJob, **fields) -> ContainerJob:
    ContainerJob.objects.filter(pk=job.pk).update(**fields)
    return job


def answers(job: ContainerJob) -> dict[str, tuple[str, ...]]:
    return {answer.name: answer.objections for answer in explain_waiting(job.pk).hosts}


def test_every_host_says_why_it_does_not_take_the_job(store: JobStore) -> None:
    ExecutorHost.objects.create(name="small", executor_type="fake", memory_mb=256)
    ExecutorHost.objects.create(name="sick", executor_type="fake", is_healthy=False, health_detail="refused")
    ExecutorHost.objects.create(name="spinning", executor_type="fake", labels={"disk": "hdd"})
    ExecutorHost.objects.create(name="right", executor_type="fake", labels={"disk": "ssd"}, memory_mb=4096)
    job = change(store.job(memory_limit=512), host_labels={"disk": "ssd"})

    assert answers(job) == {
        "right": (),
        "sick": (
            "its last health check failed: refused",
            "it has no label disk; the job asks for disk=ssd",
        ),
        "small": (
            "it has no label disk; the job asks for disk=ssd",
            "it has 256 MB of memory in all; the job asks for 512",
        ),
        "spinning": ("its label disk is hdd; the job asks for ssd",),
    }


def test_what_is_promised_to_living_attempts_is_taken(store: JobStore) -> None:
    store.host("local", executor_type="fake", memory_mb=1000, max_running=2)
    store.running(memory_limit=700)
    job = store.job(memory_limit=400)

    assert answers(job) == {"local": ("300 of its 1000 MB are free; the job asks for 400",)}


def test_an_attempt_with_more_memory_than_its_job_is_counted_with_it(store: JobStore) -> None:
    store.host("local", executor_type="fake", memory_mb=1000)
    running = store.running(memory_limit=100)
    running.attempts.update(memory_limit_mb=800)

    assert answers(store.job(memory_limit=400)) == {"local": ("200 of its 1000 MB are free; the job asks for 400",)}


def test_a_host_that_is_held_off_says_until_when(store: JobStore) -> None:
    until = timezone.now() + timedelta(minutes=5)
    ExecutorHost.objects.create(name="flapping", executor_type="fake", held_off_until=until)

    (objection,) = answers(store.job())["flapping"]

    assert objection == f"it went and came back too often; it is given nothing until {until:%H:%M:%S} UTC"


def test_the_queue_says_what_is_ahead(store: JobStore) -> None:
    change(store.job(), priority=5)
    store.job()
    change(store.job(), not_before=timezone.now() + timedelta(hours=1))
    change(store.job(), queue="another")
    job = store.job()
    change(store.job(), priority=-1)

    assert explain_waiting(job.pk).ahead == 2


def test_each_reason_is_told(store: JobStore) -> None:
    upstream = store.job()
    later = timezone.now() + timedelta(hours=1)
    holder = change(store.running(), concurrency_key="db")
    JobQueue.objects.create(name="night", is_paused=True)
    job = change(
        store.job(), queue="night", not_before=later, is_blocked=True, concurrency_key="db", concurrency_limit=1
    )
    JobDependency.objects.create(job=job, upstream=upstream)

    assert explain_waiting(job.pk).reasons() == (
        f"It waits for the success of job {upstream.pk}, which is pending.",
        f"It may not begin before {later:%Y-%m-%d %H:%M:%S} UTC.",
        "Its queue, night, is paused.",
        f"Its concurrency key db allows 1 at once; active with it: {holder.pk}.",
        "No worker is alive to begin it.",
    )


def test_a_job_that_is_not_there_is_an_error(store: JobStore) -> None:
    with pytest.raises(UnknownJobError):
        explain_waiting(4711)
