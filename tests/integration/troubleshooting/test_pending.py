"""Why a job waits is asked anew each time."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rich.console import Console

from container_manager.models import Attempt, ContainerJob, ExecutorHost, JobQueue, Worker
from container_manager.services.errors import UnknownJobError
from container_manager.troubleshooting.pending import explain_pending, facts_of_pending
from container_manager.troubleshooting.rendering import print_report

pytestmark = pytest.mark.django_db


def _waiting(**fields: Any) -> ContainerJob:
    job = ContainerJob.objects.create_job(image="example/app:1", command=["run"], **fields)
    ContainerJob.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(minutes=10))
    return ContainerJob.objects.get(pk=job.pk)


def _worker(**fields: Any) -> Worker:
    return Worker.objects.create(**{"name": "w1", "hostname": "here", "pid": 7, "concurrency": 4, **fields})


def _best(job: ContainerJob) -> str | None:
    verdicts = explain_pending(job.pk)["verdicts"]
    return verdicts[0]["cause"] if verdicts else None


def _value(job: ContainerJob, name: str) -> object:
    return facts_of_pending(job).value(name)


def test_a_job_waits_because_no_worker_runs(host: ExecutorHost) -> None:
    job = _waiting()
    assert _value(job, "workers_alive") == 0
    assert _best(job) == "queue-worker-not-running"


def test_a_worker_without_a_sign_of_life_does_not_count(host: ExecutorHost) -> None:
    _worker(heartbeat_at=timezone.now() - timedelta(hours=1))
    _worker(name="w2", is_draining=True)
    assert _value(_waiting(), "workers_alive") == 0


def test_a_job_waits_because_there_is_no_host() -> None:
    _worker()
    job = _waiting()
    assert (_value(job, "hosts_total"), _value(job, "hosts_available")) == (0, 0)
    assert _best(job) not in {None, "unknown"}


def test_a_job_waits_because_the_host_it_names_is_unwell(host: ExecutorHost) -> None:
    _worker()
    sick = ExecutorHost.objects.create(name="far", executor_type="docker", is_healthy=False, health_detail="refused")
    job = _waiting(host=sick)
    facts = facts_of_pending(job)
    assert (facts.value("hosts_total"), facts.value("hosts_available")) == (1, 0)
    assert [text.data for text in facts.texts] == [b"far: refused"]


def test_places_that_attempts_hold_are_not_free(host: ExecutorHost) -> None:
    running = _waiting()
    Attempt.objects.create(job=running, host=host, number=1)
    assert _value(_waiting(), "host_free_slots") == 1


def test_a_job_waits_because_every_place_is_taken(host: ExecutorHost) -> None:
    _worker()
    ExecutorHost.objects.filter(pk=host.pk).update(max_running=1)
    Attempt.objects.create(job=_waiting(), host=host, number=1)
    assert _best(_waiting()) == "job-pending-insufficient-resources"


def test_a_job_waits_because_no_host_is_large_enough(host: ExecutorHost) -> None:
    _worker()
    ExecutorHost.objects.filter(pk=host.pk).update(memory_mb=512)
    job = _waiting(memory_limit=4096)
    assert _value(job, "hosts_too_small") == 1
    assert _best(job) == "job-pending-insufficient-resources"


def test_a_job_waits_because_its_queue_is_paused(host: ExecutorHost) -> None:
    _worker()
    JobQueue.objects.create(name="nightly", is_paused=True, paused_at=timezone.now())
    job = _waiting(queue="nightly")
    assert _value(job, "queue_is_paused") is True
    assert _best(job) == "job-queue-blocked"


def test_a_job_waits_because_its_time_has_not_come(host: ExecutorHost) -> None:
    _worker()
    job = _waiting(not_before=timezone.now() + timedelta(hours=1))
    assert _value(job, "begins_later") is True
    assert _best(job) == "job-queue-blocked"


def test_a_job_waits_because_its_key_is_used_up(host: ExecutorHost) -> None:
    _worker()
    running = _waiting(concurrency_key="db")
    ContainerJob.objects.filter(pk=running.pk).update(status="running")
    job = _waiting(concurrency_key="db")
    assert _value(job, "key_is_used_up") is True
    assert _best(job) == "job-queue-blocked"


def test_a_job_that_nothing_keeps_has_no_verdict_and_says_what_was_looked_at(host: ExecutorHost) -> None:
    _worker()
    job = ContainerJob.objects.create_job(image="example/app:1", command=["run"])
    report = explain_pending(job.pk)
    assert report["verdicts"] == []
    shown = io.StringIO()
    print_report(report, Console(file=shown, width=300), show_looked_at=True)
    assert "workers_alive = 1" in shown.getvalue()


def test_a_job_that_is_not_there_is_told() -> None:
    with pytest.raises(UnknownJobError):
        explain_pending(12345)
