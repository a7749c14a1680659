"""Of a long text beginning, end, and what is around evidence stay, and every kept line keeps its number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.diagnosis.verdict import Evidence
from sickbay.facts.long_text import LongText
from sickbay.facts.model import Text, TextSource
from sickbay.reports.bundle.contents import BundledText
from sickbay.reports.bundle.cutting import bundled, segments_of


def _cut(text: Text, telling: list[int], most: int) -> BundledText:
    evidence = [Evidence(source=text.name, line=number, text=f"line {number}") for number in telling]
    return bundled(text, segments_of(text, evidence, most_bytes=most), lambda data: data)


def _numbered(count: int) -> bytes:
    return b"".join(b"line %d\n" % number for number in range(1, count + 1))


def test_a_short_text_stays_as_it_is() -> None:
    cut = _cut(TextSource(name="text", data=b"one\ntwo"), [], 100)
    assert (cut.data, cut.line_count, cut.lines_left_out) == (b"one\ntwo", 2, 0)


def test_an_empty_text_stays_empty() -> None:
    assert _cut(TextSource(name="text", data=b""), [], 100).data == b""


@given(
    count=st.integers(1, 400),
    telling=st.lists(st.integers(1, 400), max_size=5),
    most=st.integers(40, 3000),
    ends=st.booleans(),
)
def test_every_kept_line_keeps_its_number(count: int, telling: list[int], most: int, ends: bool) -> None:
    data = _numbered(count) if ends else _numbered(count).removesuffix(b"\n")
    known = [number for number in telling if number <= count]
    cut = _cut(TextSource(name="text", data=data), known, most)
    lines = cut.data.split(b"\n")
    kept = {number for number, line in enumerate(lines, start=1) if line}
    assert all(lines[number - 1].startswith(b"line %d" % number) for number in kept)
    assert kept >= set(known)
    assert cut.line_count == count
    assert cut.lines_left_out == count - len(kept)


def test_beginning_and_end_stay_and_the_rest_is_empty_lines() -> None:
    cut = _cut(TextSource(name="text", data=_numbered(1000)), [500], 200)
    lines = cut.data.decode().splitlines()
    assert (lines[0], lines[499], lines[999]) == ("line 1", "line 500", "line 1000")
    assert lines[100] == lines[700] == ""
    assert len(lines) == 1000


def test_of_a_text_that_was_not_held_the_evidence_still_has_its_line() -> None:
    def blocks() -> Iterator[bytes]:
        for number in range(1, 200_001):
            yield b"line %d\n" % number

    text = LongText("text", blocks())
    cut = _cut(text, [100_000], 10_000)
    lines = cut.data.decode().split("\n")
    assert (lines[0], lines[99_999], lines[199_999]) == ("line 1", "line 100000", "line 200000")
    assert cut.line_count == 200_000


def test_a_line_that_is_longer_than_all_that_may_be_kept_is_cut() -> None:
    cut = _cut(TextSource(name="text", data=b"x" * 1000 + b"\nend\n"), [], 100)
    lines = cut.data.split(b"\n")
    assert len(lines[0]) <= 100
    assert lines[1] == b"end"


@pytest.mark.parametrize("before", [b"", b"first\n"])
def test_a_secret_of_several_lines_does_not_move_the_lines_behind_it(before: bytes) -> None:
    text = TextSource(name="text", data=before + b"KEY\nabc\ndef\nEND\nafter\n")
    segments = segments_of(text, [], most_bytes=1000)
    cut = bundled(text, segments, lambda data: data.replace(b"KEY\nabc\ndef\nEND", b"[key]"))
    lines = cut.data.split(b"\n")
    assert lines[before.count(b"\n") + 4] == b"after"
    assert b"[key]" in lines
