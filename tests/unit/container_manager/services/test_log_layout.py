"""The head stays, the tail moves on, and chunks never lie across the border."""

from __future__ import annotations

import os
import zlib
from datetime import UTC, datetime

import pytest

from container_manager.services.log_layout import CHUNK_BYTES, LogLayout, Segment, surplus_end

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CAP = 64 * 1024


def segment(data: bytes, offset: int = 0, stream: str = "stdout") -> Segment:
    return Segment(stream=stream, offset=offset, written_at=NOW, data=data)


def test_bytes_come_back_as_they_went_in_with_their_offsets() -> None:
    data = os.urandom(30_000)
    chunks = LogLayout({}, CAP).pack([segment(data, offset=7)])
    assert b"".join(zlib.decompress(chunk.data) for chunk in chunks) == data
    assert [chunk.position for chunk in chunks] == list(range(1, len(chunks) + 1))
    assert [chunk.offset for chunk in chunks] == [7 + sum(one.size for one in chunks[:n]) for n in range(len(chunks))]


def test_no_chunk_lies_across_the_end_of_the_head() -> None:
    layout = LogLayout({}, CAP)
    first = layout.pack([segment(b"x" * (CAP // 2 - 10))])
    assert not layout.head_is_full
    second = layout.pack([segment(b"y" * 100)])
    assert [chunk.size for chunk in second] == [10, 90]
    assert layout.head_is_full
    assert layout.state["tail_from"] == second[1].position == len(first) + 2


def test_whoever_goes_on_from_the_state_packs_the_same() -> None:
    one, before = LogLayout({}, CAP), LogLayout({}, CAP)
    for size in (5, 30_000, 4_000, 70_000):
        again = LogLayout(before.state, CAP)
        assert again.pack([segment(b"z" * size)]) == one.pack([segment(b"z" * size)])
        before = again


def test_chunks_of_a_small_cap_are_small_and_none_is_larger_than_the_largest() -> None:
    assert max(chunk.size for chunk in LogLayout({}, 4096).pack([segment(b"a" * 9000)])) == 256
    assert max(chunk.size for chunk in LogLayout({}, 2**30).pack([segment(b"a" * 200_000)])) == CHUNK_BYTES


@pytest.mark.parametrize(("cap", "end"), [(30, None), (29, 2), (20, 2), (19, 3), (0, 4)])
def test_a_tail_drops_its_oldest_chunks_until_it_fits(cap: int, end: int | None) -> None:
    assert surplus_end([(1, 10), (2, 10), (3, 10)], cap) == end
