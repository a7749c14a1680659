"""A long text is looked through once, in little memory, and says the same of itself as one that is held whole."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.facts.long_text import KEPT, LongText, ReadTwiceError
from sickbay.facts.model import TextSource
from sickbay.facts.text import MOST_BYTES, read_text_source, text_source


@given(st.lists(st.sampled_from([b"a\n", b"\n", b" ", "é".encode(), b"x" * 1000, b"\r\n"])), st.integers(0, 4))
def test_it_says_the_same_as_one_that_is_held_whole(blocks: list[bytes], most: int) -> None:
    whole, long = text_source("text", b"".join(blocks)), LongText("text", blocks)
    assert b"".join(long.pieces()) == whole.data == long.data
    assert long.line_count == whole.line_count
    assert long.last_lines(most) == whole.last_lines(most)


def test_it_can_be_looked_through_once() -> None:
    text = LongText("text", [b"a\n"])
    assert text.line_count == 1
    with pytest.raises(ReadTwiceError, match="'text'"):
        next(text.pieces())


def test_its_beginning_and_its_end_are_kept_and_its_last_lines_are_numbered_as_in_the_whole() -> None:
    text = LongText("text", [b"first\n", *([b"x" * 99 + b"\n"] * 20_000), b"last\n"])
    assert text.data.startswith(b"first\n")
    assert text.data.endswith(b"\nlast\n")
    assert "bytes left out …]" in text.data.decode()
    assert len(text.data) < 3 * KEPT
    assert text.line_count == 20_002
    assert text.last_lines(1) == [(20_002, "last")]


def test_it_is_never_held_whole() -> None:
    log = '\\"' * 5_000
    record = b'{"log":"' + log.encode() + b'\\n","stream":"stderr"}\n'
    tracemalloc.start()
    try:
        length = sum(len(piece) for piece in LongText("text", (record * 50 for _ in range(60))).pieces())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert length == 60 * 50 * 5_001
    assert peak < 8_000_000


@pytest.mark.parametrize(("length", "kind"), [(MOST_BYTES, TextSource), (MOST_BYTES + 1, LongText)])
def test_a_text_is_held_whole_up_to_a_length(length: int, kind: type) -> None:
    text = read_text_source("text", io.BytesIO(b"x" * length))
    assert isinstance(text, kind)
    assert sum(len(piece) for piece in text.pieces()) == length
