from __future__ import annotations

import pytest

from container_manager.models import Attempt, ContainerJob
from container_manager.services.errors import UnknownAttemptError, UnknownJobError
from container_manager.services.job_logs import LogPlace, follow_log, read_log
from tests.integration.stored import FINISHED


class InTurn:
    """A pause in which the next thing happens."""

    def __init__(self, *steps) -> None:
        self.left = list(steps)

    def __call__(self) -> None:
        self.left.pop(0)()


def text(pieces) -> bytes:
    return b"".join(piece.marked_data for piece in pieces)


def test_the_log_is_read_in_the_order_it_was_stored_and_byte_for_byte(store) -> None:
    job = store.ended()
    store.log(job.last_attempt, ("stdout", 0, b"a\xff\0"), ("stderr", 0, b"e"), ("stdout", 3, b"b"))
    assert [(piece.stream, piece.data) for piece in read_log(job.pk)] == [
        ("stdout", b"a\xff\0"),
        ("stderr", b"e"),
        ("stdout", b"b"),
    ]
    assert text(read_log(job.pk, stream="stdout")) == b"a\xff\0b"


def test_a_cut_is_marked_and_counted_for_each_stream(store) -> None:
    job = store.ended()
    store.log(job.last_attempt, ("stdout", 0, b"head"), ("stderr", 0, b"e"), ("stdout", 104, b"tail"))
    assert text(read_log(job.pk)) == "heade\n[… 100 bytes cut …]\ntail".encode()


def test_reading_goes_on_behind_a_place(store) -> None:
    job, place = store.running(), LogPlace()
    attempt = job.last_attempt
    store.log(attempt, *(("stdout", number, b"x") for number in range(40)))
    assert text(read_log(job.pk, place=place)) == b"x" * 40
    store.log(attempt, ("stdout", 40, b"y"), ("stderr", 5, b"z"))
    assert text(read_log(job.pk, place=place)) == "y\n[… 5 bytes cut …]\nz".encode()
    assert text(read_log(job.pk, place=place)) == b""


def test_an_attempt_is_chosen_by_number_and_the_last_one_otherwise(store) -> None:
    job = store.ended("failed")
    store.log(job.last_attempt, ("stdout", 0, b"one"))
    store.log(store.attempt(job), ("stdout", 0, b"two"))
    assert text(read_log(job.pk, attempt_number=1)) == b"one"
    assert text(read_log(job.pk)) == b"two"


def test_a_job_without_an_attempt_has_an_empty_log(store) -> None:
    assert text(read_log(store.job().pk)) == b""


@pytest.mark.parametrize("read", [read_log, lambda *args, **kwargs: follow_log(*args, pause=lambda: None, **kwargs)])
def test_what_does_not_exist_is_told_before_the_first_piece(store, read) -> None:
    with pytest.raises(UnknownJobError):
        read(7)
    with pytest.raises(UnknownAttemptError, match="has no attempt 2: it has none yet"):
        read(store.job().pk, attempt_number=2)
    with pytest.raises(UnknownAttemptError, match="has no attempt 2: its last one is 1"):
        read(store.ended().pk, attempt_number=2)


def test_following_waits_for_the_attempt_and_ends_with_the_complete_log(store) -> None:
    job = store.job()

    def claim() -> None:
        ContainerJob.objects.filter(pk=job.pk).update(status="running")
        store.log(store.attempt(job), ("stdout", 0, b"a"))

    def write() -> None:
        store.log(job.last_attempt, ("stdout", 1, b"b"))

    def end() -> None:
        store.log(job.last_attempt, ("stderr", 0, b"c"))
        Attempt.objects.update(log_complete=True, ended_at=FINISHED)
        ContainerJob.objects.filter(pk=job.pk).update(status="completed", finished_at=FINISHED)

    steps = InTurn(claim, write, end)
    assert text(follow_log(job.pk, pause=steps)) == b"abc"
    assert not steps.left


def test_following_goes_from_one_attempt_to_the_next(store) -> None:
    job = store.running()
    store.log(job.last_attempt, ("stdout", 0, b"one "))

    def try_again() -> None:
        Attempt.objects.update(log_complete=True, ended_at=FINISHED)
        store.log(store.attempt(job, log_complete=True, ended_at=FINISHED), ("stdout", 0, b"two"))

    def end() -> None:
        ContainerJob.objects.filter(pk=job.pk).update(status="failed", finished_at=FINISHED)

    steps = InTurn(try_again, end)
    assert text(follow_log(job.pk, pause=steps)) == b"one two"


def test_following_what_is_over_does_not_wait(store) -> None:
    job = store.ended()
    store.log(job.last_attempt, ("stdout", 0, b"a"))
    never = InTurn()
    assert text(follow_log(job.pk, pause=never)) == b"a"
    assert text(follow_log(job.pk, attempt_number=1, pause=never)) == b"a"
