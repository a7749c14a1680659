"""Parts of a log: lines, ranges, moments; the same from the database and from an archive."""

from __future__ import annotations

from datetime import timedelta

import pytest

from container_manager.models import Attempt, LogChunk
from container_manager.services.job_logs import read_head, read_log, read_range, read_since, read_tail
from container_manager.services.log_archive import Retention, prune_log
from tests.integration.stored import FINISHED, STARTED

ANYTHING_OLD = Retention(age=timedelta(0), storage="default")


def text(pieces) -> bytes:
    return b"".join(piece.marked_data for piece in pieces)


@pytest.fixture(params=["database", "archive"])
def job(store, request, settings, tmp_path):
    """A log in five chunks with a cut of 100 bytes in stdout."""
    settings.MEDIA_ROOT = tmp_path
    job = store.ended()
    attempt = job.last_attempt
    pieces = [
        ("stdout", 0, b"one\ntw"),
        ("stdout", 6, b"o\nthree\n"),
        ("stderr", 0, b"oops\n"),
        ("stdout", 114, b"last but one\nla"),
        ("stdout", 129, b"st\n"),
    ]
    store.log(attempt, *pieces)
    for minute, chunk in enumerate(LogChunk.objects.order_by("position")):
        LogChunk.objects.filter(pk=chunk.pk).update(first_written_at=STARTED + timedelta(minutes=minute))
    if request.param == "archive":
        assert prune_log(attempt, ANYTHING_OLD)
        assert not LogChunk.objects.exists()
    return job


def test_the_whole_log_reads_the_same_wherever_it_is_kept(job) -> None:
    expected = "one\ntwo\nthree\noops\n\n[… 100 bytes cut …]\nlast but one\nlast\n".encode()
    assert text(read_log(job.pk)) == expected
    assert job.get_logs() == expected.decode()
    assert job.get_logs("stderr") == "oops\n"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [(0, b""), (1, b"one\n"), (2, b"one\ntwo\n"), (4, b"one\ntwo\nthree\noops\n")],
)
def test_the_first_lines(job, lines: int, expected: bytes) -> None:
    assert text(read_head(job.pk, lines=lines)) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [(0, b""), (1, b"last\n"), (2, b"last but one\nlast\n"), (3, b"oops\nlast but one\nlast\n")],
)
def test_the_last_lines_across_chunks(job, lines: int, expected: bytes) -> None:
    assert text(read_tail(job.pk, lines=lines)) == expected


def test_more_last_lines_than_there_are_give_the_whole_log(job) -> None:
    assert text(read_tail(job.pk, lines=99)) == text(read_log(job.pk))


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [
        (0, 3, b"one"),
        (4, 3, b"two"),
        (2, 0, b""),
        (129, 100, b"st\n"),
        (500, 5, b""),
        (12, 106, "e\n\n[… 100 bytes cut …]\nlast".encode()),
    ],
)
def test_a_range_of_a_stream(job, offset: int, length: int, expected: bytes) -> None:
    assert text(read_range(job.pk, stream="stdout", offset=offset, length=length)) == expected


def test_since_a_moment_begins_with_the_chunk_that_holds_it(job) -> None:
    assert text(read_since(job.pk, since=STARTED + timedelta(minutes=3, seconds=30))) == b"last but one\nlast\n"
    assert text(read_since(job.pk, since=STARTED - timedelta(minutes=1))) == text(read_log(job.pk))


def test_a_range_reads_only_the_chunks_that_hold_it(store, monkeypatch) -> None:
    job = store.ended()
    store.log(job.last_attempt, *(("stdout", number * 10, b"0123456789") for number in range(50)))
    opened: list[int] = []
    content = LogChunk.content.fget
    monkeypatch.setattr(LogChunk, "content", property(lambda chunk: opened.append(chunk.position) or content(chunk)))
    assert text(read_range(job.pk, stream="stdout", offset=205, length=10)) == b"5678901234"
    assert opened == [20, 21]
    opened.clear()
    assert text(read_tail(job.pk, lines=1)) == b"0123456789" * 50  # it has no line
    assert Attempt.objects.get(job=job).ended_at == FINISHED
