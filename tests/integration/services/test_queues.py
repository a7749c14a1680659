"""Queues are listed with what is in them, and rest when they are paused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from container_manager.services.queues import list_queues, load_queue, pause_queue, resume_queue
from container_manager.validation.problems import InvalidJobError
from tests.integration.services.job_graphs import claim, run


def test_the_default_queue_is_there_from_the_beginning(db) -> None:
    (queue,) = list_queues()
    assert (queue.name, queue.ready, queue.waiting, queue.active, queue.is_paused) == ("default", 0, 0, 0, False)
    assert queue.oldest_ready_seconds is None


def test_a_queue_counts_what_is_ready_what_waits_and_what_is_active(store) -> None:
    first = store.job(queue="reports")
    store.job(queue="reports", after=first)
    store.job(queue="reports", not_before=timedelta(hours=1))
    claim(store.job(queue="reports"))
    run(store.job(queue="reports"))
    queue = load_queue("reports")
    assert (queue.ready, queue.waiting, queue.active) == (1, 2, 1)
    assert queue.oldest_ready_seconds is not None
    assert [queue.name for queue in list_queues()] == ["default", "reports"]


def test_nothing_of_a_paused_queue_begins_until_it_is_resumed(store) -> None:
    running, waiting = store.job(queue="reports"), store.job(queue="reports")
    other = store.job()
    claim(running)

    paused = pause_queue("reports", asked_by="ann")

    assert (paused.is_paused, paused.paused_by, paused.active) == (True, "ann", 1)
    assert claim(waiting) is None
    assert claim(other) is not None
    resume_queue("reports")
    assert claim(waiting) is not None


def test_pausing_twice_keeps_who_did_it_first_and_resuming_twice_does_no_harm(db) -> None:
    first = pause_queue("reports", asked_by="ann")
    second = pause_queue("reports", asked_by="bob")
    assert (second.paused_by, second.paused_at) == ("ann", first.paused_at)
    assert not resume_queue("reports").is_paused
    assert resume_queue("reports").paused_at is None
    assert [queue.name for queue in list_queues()] == ["default"]


@pytest.mark.parametrize("name", ["", "a b", "x" * 101])
def test_what_can_be_no_queue_is_refused(db, name) -> None:
    with pytest.raises(InvalidJobError, match="is no name of a queue"):
        pause_queue(name)


def test_the_list_costs_the_same_however_many_queues_there_are(store) -> None:
    for number in range(5):
        store.job(queue=f"q{number}")
    with CaptureQueriesContext(connection) as queries:
        assert len(list_queues()) == 6
    assert len(queries) <= 3
