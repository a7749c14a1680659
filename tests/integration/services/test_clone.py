"""A new job from an old one's request."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from container_manager.models import ContainerJob
from container_manager.models.request_columns import columns_of
from container_manager.models.sealed_columns import opened_texts
from container_manager.services.clone import NotCloneableError, clone_job
from container_manager.services.errors import UnknownJobError
from container_manager.validation.problems import InvalidJobError

FULL: dict[str, Any] = {
    "name": "nightly",
    "environment": {"A": "1", "TOKEN": "hidden"},
    "secret_names": ["TOKEN"],
    "memory_limit": 64,
    "cpu_limit": 0.5,
    "stop_signal": "SIGINT",
    "mounts": [{"kind": "tmpfs", "target": "/scratch", "size_mb": 4}],
    "ulimits": {"nofile": 100},
    "ports": ["8080"],
    "add_capabilities": ["NET_ADMIN"],
    "retry": {"max_attempts": 3, "oom_memory_factor": 2},
    "queue": "night",
    "priority": 5,
    "timeout_seconds": 60,
    "concurrency_key": "tenant",
    "concurrency_limit": 2,
}


def request_of(job: ContainerJob) -> dict[str, Any]:
    columns = columns_of(job.request)
    columns["sealed_environment"] = opened_texts(columns["sealed_environment"])
    return columns


def clone_of(job: ContainerJob, **changes: Any) -> ContainerJob:
    return ContainerJob.objects.get(pk=clone_job(job.pk, **changes).id)


def test_a_clone_asks_for_the_same_and_is_another_job(store) -> None:
    job = store.ended("failed", host=store.host(), **FULL)

    clone = clone_of(job)

    assert clone.pk != job.pk
    assert request_of(clone) == request_of(job)
    assert (clone.status, clone.cloned_from, clone.host) == ("pending", job, job.host)
    assert not clone.attempts.exists()
    assert [event.kind for event in clone.events.all()] == ["submitted"]


def test_a_clone_begins_at_once_and_waits_for_nothing(store) -> None:
    first = store.job()
    job = store.job(after=[first], not_before=timedelta(days=1), dedup_key="once")
    clone = clone_of(job)
    assert (clone.not_before, clone.dedup_key, clone.is_blocked) == (None, None, False)


@pytest.mark.parametrize(
    ("changes", "column", "value"),
    [
        ({"memory_limit": 128}, "memory_limit", 128),
        ({"command": ["echo", "again"]}, "command", ["echo", "again"]),
        ({"timeout_seconds": None}, "timeout_seconds", None),
        ({"queue": "day"}, "queue", "day"),
        ({"dedup_key": "again"}, "dedup_key", "again"),
        ({"image": "debian:13"}, "image", "debian:13"),
    ],
)
def test_what_is_changed_is_changed_and_nothing_else(store, changes, column, value) -> None:
    job = store.job(**FULL)
    clone = clone_of(job, **changes)
    assert request_of(clone) == request_of(job) | {column: value}


def test_a_new_environment_keeps_secret_what_was_secret(store) -> None:
    clone = clone_of(store.job(**FULL), environment={"TOKEN": "another", "B": "2"})
    assert clone.secret_names == ["TOKEN"]
    assert clone.environment == {"B": "2"}
    assert clone.run_spec().environment == {"TOKEN": "another", "B": "2"}


def test_changes_are_checked_together_with_what_stays(store) -> None:
    job = store.job(**FULL)
    with pytest.raises(InvalidJobError) as caught:
        clone_job(job.pk, memory_limit=None, stop_signal="SIGNONSENSE", memory=3)  # type: ignore[call-arg]  # what is wrong here is what the test is about
    assert {problem.field for problem in caught.value.problems} == {
        "memory",
        "stop_signal",
        "retry['oom_memory_factor']",
    }
    assert ContainerJob.objects.count() == 1


def test_a_deadline_that_has_passed_must_be_changed(store) -> None:
    job = store.job(deadline=timedelta(hours=1))
    assert clone_of(job).deadline == job.deadline
    ContainerJob.objects.filter(pk=job.pk).update(deadline=Now() - timedelta(days=1))
    with pytest.raises(InvalidJobError, match="deadline: has passed already"):
        clone_job(job.pk)
    assert clone_of(job, deadline=None).deadline is None


def test_a_clone_may_go_to_another_host_or_to_any(store) -> None:
    store.host("other", executor_type="fake")
    job = store.job(host=store.host())
    assert clone_of(job, host="other").host.name == "other"
    assert clone_of(job, host=None).host is None


def test_a_clones_expiry_is_its_own(store) -> None:
    job = store.job(queue_timeout_seconds=60)
    ContainerJob.objects.filter(pk=job.pk).update(expires_at=Now() - timedelta(days=1))
    assert clone_of(job).expires_at > job.created_at


def test_secrets_that_no_key_opens_any_more_are_told(store) -> None:
    job = store.job(**FULL)
    ContainerJob.objects.filter(pk=job.pk).update(sealed_environment=b"nonsense")
    with pytest.raises(NotCloneableError, match="submit it anew"):
        clone_job(job.pk)


def test_an_unknown_job_is_told(db) -> None:
    with pytest.raises(UnknownJobError):
        clone_job(7)
