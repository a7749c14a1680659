"""What is kept of health checks, and which hosts count as available."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from container_manager.executors.base import Capacity, Fingerprint
from container_manager.models import ExecutorHost
from container_manager.services.host_health import (
    host_history,
    note_answered_launch,
    note_silent_launch,
    store_health,
)

WELL = Fingerprint(healthy=True, detail="here", version="1.2", latency_seconds=0.01)
SICK = Fingerprint(healthy=False, detail="connection refused")


@pytest.fixture
def host(db) -> ExecutorHost:
    return ExecutorHost.objects.create(name="one", executor_type="fake")


def check(host: ExecutorHost, *fingerprints: Fingerprint, worker: str = "w") -> None:
    for fingerprint in fingerprints:
        store_health(host.pk, fingerprint, None, worker=worker)
    host.refresh_from_db()


def names() -> list[str]:
    return [host.name for host in ExecutorHost.objects.available()]


def test_what_was_found_is_kept_and_what_was_not_measured_stays(host: ExecutorHost) -> None:
    store_health(host.pk, WELL, Capacity(memory_mb=1024, cpus=2.0))
    store_health(host.pk, SICK, None)
    host.refresh_from_db()

    assert (host.is_healthy, host.health_detail, host.version) == (False, "connection refused", "1.2")
    assert (host.memory_mb, host.cpus) == (1024, 2.0)


def test_the_history_has_the_changes_and_not_every_check(host: ExecutorHost) -> None:
    check(host, WELL, WELL, WELL, SICK, SICK, WELL)

    assert [line.is_healthy for line in host_history("one")] == [True, False, True]


def test_without_a_change_a_check_is_kept_every_few_minutes(host: ExecutorHost) -> None:
    check(host, WELL)
    host.checks.update(checked_at=timezone.now() - timedelta(minutes=6))
    check(host, WELL, WELL)

    assert len(host_history("one")) == 2


def test_history_that_is_too_old_goes(host: ExecutorHost) -> None:
    check(host, SICK)
    host.checks.update(checked_at=timezone.now() - timedelta(days=31))
    check(host, WELL)

    assert [line.is_healthy for line in host_history("one")] == [True]


def test_a_host_that_was_away_once_is_available_as_soon_as_it_is_back(host: ExecutorHost) -> None:
    check(host, WELL, SICK)
    assert names() == []

    check(host, WELL)
    assert names() == ["one"]


def test_a_host_that_comes_and_goes_is_not_available_though_its_last_check_was_good(host: ExecutorHost) -> None:
    check(host, WELL, SICK, WELL, SICK, WELL)

    assert host.is_healthy
    assert names() == []
    assert not host.is_available


def test_what_two_workers_see_differently_is_no_flapping(host: ExecutorHost) -> None:
    for _ in range(5):
        check(host, WELL, worker="near")
        check(host, SICK, worker="cut off")
    check(host, WELL, worker="near")

    assert names() == ["one"]


def test_launches_without_an_answer_hold_a_host_off_until_it_answers(host: ExecutorHost) -> None:
    check(host, WELL)
    for _ in range(3):
        note_silent_launch(host.pk)
    assert names() == []

    note_answered_launch(host.pk)
    assert names() == ["one"]


def test_a_hold_is_over_when_its_time_is(host: ExecutorHost) -> None:
    ExecutorHost.objects.update(held_off_until=timezone.now() - timedelta(seconds=1))

    assert names() == ["one"]


def test_a_host_that_was_deleted_meanwhile_is_no_error(host: ExecutorHost) -> None:
    pk = host.pk
    host.delete()

    store_health(pk, WELL, None)
    note_silent_launch(pk)
    note_answered_launch(pk)
