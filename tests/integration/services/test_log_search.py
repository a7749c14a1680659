"""Lines that match, with their numbers, neighbors, and places; patterns that cannot be matched in time are refused."""

from __future__ import annotations

import pytest

from container_manager.lifecycle.status import Status
from container_manager.services.log_search import (
    LONGEST_LINE,
    InvalidPatternError,
    JobFilter,
    Pattern,
    search_logs,
)


def found(text: str, *, context: int = 0, limit: int | None = None, regex: bool = False, **among):
    pattern = Pattern(text=text, is_regex=regex)
    return list(search_logs(pattern, among=JobFilter(**among), context=context, limit=limit))


def test_a_match_has_its_stream_line_and_place_also_across_chunks(store) -> None:
    job = store.ended()
    store.log(job.last_attempt, ("stdout", 0, b"one\nneed"), ("stderr", 0, b"needle?\n"), ("stdout", 8, b"le\nthree"))
    assert [(one.stream, one.number, one.offset, one.line) for one in found("needle", job_id=job.pk)] == [
        ("stderr", 1, 0, b"needle?"),
        ("stdout", 2, 4, b"needle"),
    ]
    assert [one.line for one in found("needle", job_id=job.pk, stream="stdout")] == [b"needle"]


def test_neighbors_come_from_the_same_stream(store) -> None:
    job = store.ended()
    store.log(job.last_attempt, ("stdout", 0, b"a\nb\n"), ("stderr", 0, b"e\n"), ("stdout", 4, b"x1\nx2\nc\nd"))
    first, second = found("x", context=2, job_id=job.pk)
    assert (first.before, first.after) == ((b"a", b"b"), (b"x2", b"c"))
    assert (second.before, second.after) == ((b"b", b"x1"), (b"c", b"d"))


def test_lines_do_not_grow_together_across_a_cut(store) -> None:
    job = store.ended()
    store.log(job.last_attempt, ("stdout", 0, b"one\nnee"), ("stdout", 500, b"dle\nneedle\n"))
    assert [(one.number, one.offset) for one in found("needle", job_id=job.pk)] == [(4, 504)]


def test_a_line_without_end_is_looked_at_in_bounded_pieces(store) -> None:
    job = store.ended()
    size = LONGEST_LINE
    store.log(job.last_attempt, *(("stdout", number * size, b"x" * (size - 3) + b"end") for number in range(3)))
    matches = found("end", job_id=job.pk)
    assert [one.number for one in matches] == [1, 1, 1]
    assert max(len(one.line) for one in matches) <= LONGEST_LINE


def test_jobs_are_chosen_and_the_newest_comes_first(store) -> None:
    jobs = [store.ended(status, name=name) for status, name in (("completed", "nightly"), ("failed", "nightly"))]
    for job in [*jobs, store.ended(name="other")]:
        store.log(job.last_attempt, ("stdout", 0, b"disk full\n"))
    assert [one.job_id for one in found("disk", name="night")] == [jobs[1].pk, jobs[0].pk]
    assert [one.job_id for one in found("disk", status=Status.FAILED)] == [jobs[1].pk]
    assert len(found("disk", limit=2)) == 2


def test_text_is_text_and_an_expression_is_matched_line_by_line(store) -> None:
    pytest.importorskip("hyperscan", reason="Vectorscan has no wheel for this platform")
    job = store.ended()
    store.log(job.last_attempt, ("stdout", 0, b"error 17\nerror\nno error 5 here\n\n"))
    assert found("error [0-9]", job_id=job.pk) == []
    assert [one.number for one in found("^error [0-9]+$", regex=True, job_id=job.pk)] == [1]
    assert [one.number for one in found("error.*[0-9]", regex=True, job_id=job.pk)] == [1, 3]
    assert [one.number for one in found("^$", regex=True, job_id=job.pk)] == [4]
    ignoring = Pattern(text="ERROR 17", ignore_case=True)
    assert [one.number for one in search_logs(ignoring, among=JobFilter(job_id=job.pk))] == [1]


@pytest.mark.parametrize("text", [r"(a)\1", "(?=x)y", "(unclosed", "", "x" * 1001])
def test_what_cannot_be_searched_for_is_refused_at_once(text: str) -> None:
    pytest.importorskip("hyperscan", reason="Vectorscan has no wheel for this platform")
    with pytest.raises(InvalidPatternError):
        search_logs(Pattern(text=text, is_regex=True))


def test_an_expression_that_kills_others_is_matched_in_one_pass(store) -> None:
    pytest.importorskip("hyperscan", reason="Vectorscan has no wheel for this platform")
    job = store.ended()
    store.log(job.last_attempt, ("stdout", 0, b"a" * 60_000 + b"!\n"))
    assert found("(a+)+$", regex=True, job_id=job.pk) == []
