"""Finished jobs go when their time is over, and none on which anything still counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob, JobArray, JobDependency, LogChunk
from container_manager.services.log_archive import Retention, prune_log
from container_manager.services.pruning import PruneOptions, prune_jobs

OLD = PruneOptions(older_than=timedelta(days=30))


def finished(store, status: str = "completed", *, days: float = 60, **fields) -> ContainerJob:
    job = store.ended(status, attempt={"removed_at": timezone.now()}, **fields)
    ContainerJob.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=days))
    return job


def left() -> set[int]:
    return set(ContainerJob.objects.values_list("pk", flat=True))


def test_old_jobs_go_with_everything_that_belongs_to_them(store, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    old, archived, young, running = finished(store), finished(store), finished(store, days=1), store.running()
    for job in (old, archived):
        store.log(job.last_attempt, ("stdout", 0, b"line\n"))
    prune_log(archived.last_attempt, Retention(age=timedelta(0), storage="default"))
    assert list(prune_jobs(OLD)) == [2]
    assert left() == {young.pk, running.pk}
    assert not LogChunk.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert list(prune_jobs(OLD)) == []


def test_statuses_are_chosen(store) -> None:
    failed, completed = finished(store, "failed"), finished(store)
    assert list(prune_jobs(PruneOptions(older_than=timedelta(days=30), statuses=[Status.FAILED]))) == [1]
    assert left() == {completed.pk}
    assert failed.pk not in left()


def test_a_job_is_kept_while_a_worker_clears_it_up_or_its_container_may_stand(store) -> None:
    leased, standing = finished(store), finished(store)
    ContainerJob.objects.filter(pk=leased.pk).update(lease_expires_at=timezone.now() + timedelta(hours=1))
    standing.attempts.update(removed_at=None, handle="sickbay-x-1-1")
    assert list(prune_jobs(OLD)) == []


def test_a_job_is_kept_while_another_one_waits_for_it_or_its_array_goes_on(store) -> None:
    upstream, downstream = finished(store), store.job()
    JobDependency.objects.create(job=downstream, upstream=upstream)
    array = JobArray.objects.create(size=2)
    done, going_on = finished(store), store.job()
    ContainerJob.objects.filter(pk__in=[done.pk, going_on.pk]).update(array=array)
    assert list(prune_jobs(OLD)) == []
    ContainerJob.objects.filter(pk__in=[downstream.pk, going_on.pk]).update(
        status="cancelled", finished_at=timezone.now()
    )
    assert list(prune_jobs(OLD)) == [2]


@pytest.mark.parametrize("dry", [True, False])
def test_the_command_tells_how_far_it_has_come(store, capsys, dry: bool) -> None:
    finished(store)
    call_command("prune_jobs", "--older-than", "30d", *(["--dry-run"] if dry else []))
    assert ("1 jobs would be removed" if dry else "1 of 1 jobs removed") in capsys.readouterr().out
    assert bool(left()) is dry
