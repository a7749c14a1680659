"""A dedup key makes a submit safe to repeat."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from container_manager.models import ContainerJob
from container_manager.models.repeated_submit import DedupConflictError
from container_manager.services.submit import submit_job
from container_manager.validation.problems import InvalidJobError
from tests.integration.services.job_graphs import run

EVERYTHING = {
    "image": "debian",
    "command": ["sh", "-c", "true"],
    "name": "report",
    "environment": {"A": "b", "TOKEN": "hush-hush-hush"},
    "secret_names": ["TOKEN"],
    "memory_limit": 64,
    "cpu_limit": 1,
    "stop_grace_seconds": 3,
    "labels": {"team": "media"},
    "mounts": [{"kind": "tmpfs", "target": "/t", "size_mb": 4}],
    "ports": ["8080:80"],
    "ulimits": {"nofile": 100},
    "queue": "reports",
    "priority": 5,
    "concurrency_key": "k",
    "concurrency_limit": 2,
    "host_labels": {"zone": "eu"},
    "retry": {"max_attempts": 3, "reasons": ["exit_code"]},
    "timeout_seconds": 60,
    "dedup_key": "report 2026-01-31",
}


def test_a_submit_that_is_repeated_makes_one_job(store) -> None:
    first = submit_job(**EVERYTHING)
    second = submit_job(**EVERYTHING)
    assert (first.id, first.made_now, second.id, second.made_now) == (first.id, True, first.id, False)
    assert ContainerJob.objects.create_job(**EVERYTHING).pk == first.id
    assert ContainerJob.objects.get().events.count() == ContainerJob.objects.get(pk=first.id).events.count()


def test_the_same_job_is_given_also_when_it_is_over(store) -> None:
    first = store.job(dedup_key="k")
    run(first, exit_code=1)
    assert submit_job(image="debian:12", command=["true"], dedup_key="k").status == "failed"


def test_without_a_key_every_submit_makes_a_job(store) -> None:
    assert store.job().pk != store.job().pk


CHANGES = {
    "image": "debian:12",
    "command": ["true"],
    "environment": {"A": "c", "TOKEN": "hush-hush-hush"},
    "memory_limit": 65,
    "labels": {},
    "queue": "other",
    "retry": None,
    "mounts": None,
}


@pytest.mark.parametrize("field", CHANGES)
def test_another_request_under_the_same_key_is_refused_with_what_differs(store, field) -> None:
    first = submit_job(**EVERYTHING)
    with pytest.raises(DedupConflictError) as raised:
        submit_job(**{**EVERYTHING, field: CHANGES[field]})
    assert [problem.field for problem in raised.value.problems] == [field]
    assert f"differs from job {first.id}" in str(raised.value)
    assert raised.value.job_id == first.id
    assert isinstance(raised.value, InvalidJobError)
    assert ContainerJob.objects.count() == 1


def test_another_secret_value_differs_and_is_not_told(store) -> None:
    submit_job(**EVERYTHING)
    with pytest.raises(DedupConflictError, match="environment: differs") as raised:
        submit_job(**{**EVERYTHING, "environment": {"A": "b", "TOKEN": "psst-psst-psst"}})
    assert "psst" not in str(raised.value)
    assert "hush" not in str(raised.value)


def test_another_host_or_owner_differs(store, django_user_model) -> None:
    store.host("north")
    ann = django_user_model.objects.create(username="ann")
    store.job(dedup_key="k")
    for change in ({"host": "north"}, {"owner": ann}):
        with pytest.raises(DedupConflictError, match=f"{next(iter(change))}: differs"):
            store.job(dedup_key="k", **change)


def test_moments_are_reckoned_anew_and_may_differ(store) -> None:
    first = store.job(dedup_key="k", not_before=timedelta(hours=1), deadline=timedelta(hours=2))
    second = store.job(dedup_key="k", not_before=timedelta(hours=3), deadline=timedelta(hours=4))
    assert second.pk == first.pk
    assert second.not_before == first.not_before


def test_what_it_waits_for_is_part_of_the_request(store) -> None:
    upstream, other = store.job(), store.job()
    first = store.job(dedup_key="k", after=upstream)
    assert store.job(dedup_key="k", after=[upstream.pk]).pk == first.pk
    with pytest.raises(DedupConflictError, match="after: differs"):
        store.job(dedup_key="k", after=other)
    with pytest.raises(DedupConflictError, match="after_either: differs"):
        store.job(dedup_key="k", after_either=upstream)


def test_a_second_submit_leaves_the_callers_transaction_whole(store) -> None:
    first = store.job(dedup_key="k")
    with transaction.atomic():
        before = store.job()
        assert store.job(dedup_key="k").pk == first.pk
        after = store.job()
    assert ContainerJob.objects.filter(pk__in=[before.pk, after.pk]).count() == 2


def test_a_refused_submit_leaves_the_callers_transaction_whole(store) -> None:
    store.job(dedup_key="k")
    with transaction.atomic():
        with pytest.raises(DedupConflictError):
            store.job(dedup_key="k", memory_limit=64)
        after = store.job()
    assert ContainerJob.objects.filter(pk=after.pk).exists()


def test_a_rollback_takes_the_job_and_its_key_back(store) -> None:
    with transaction.atomic():
        store.job(dedup_key="k")
        transaction.set_rollback(True)
    assert not ContainerJob.objects.exists()
    assert submit_job(image="debian", dedup_key="k").made_now
