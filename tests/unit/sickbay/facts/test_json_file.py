"""Docker's json-file logs are read as what the programs wrote, each line where its record stands."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.facts.cleaning import Cleaner
from sickbay.facts.text import text_source
from sickbay.signatures.pattern import Pattern
from sickbay.signatures.scanner import Scanner


def _record(log: str, stream: str = "stdout", time: str = "2026-11-22T10:00:00.000000001Z") -> str:
    return json.dumps({"log": log, "stream": stream, "time": time}, separators=(",", ":"))


def _lines(*records: str) -> list[str]:
    return text_source("text", "\n".join(records).encode()).data.decode().split("\n")


def test_escaped_quotes_are_quotes_again() -> None:
    assert _lines(_record('exec: "nosuch": not found\n')) == ['exec: "nosuch": not found']


def test_parts_of_a_long_line_are_joined_where_it_begins() -> None:
    assert _lines(_record("one "), _record("two "), _record("three\n"), _record("next\n"), "") == [
        "one two three",
        "",
        "",
        "next",
        "",
    ]


def test_streams_that_come_in_turns_are_kept_apart() -> None:
    records = [_record("a1 "), _record("b1 ", "stderr"), _record("a2\n"), _record("b2\n", "stderr"), _record("c\n")]
    assert _lines(*records) == ["a1 a2", "b1 b2", "", "", "c"]


def test_the_last_words_of_a_program_are_not_joined_with_the_next_start() -> None:
    later = "2026-11-22T10:00:05Z"
    assert _lines(_record("Segmentation fault"), _record("starting\n", time=later)) == [
        "Segmentation fault",
        "starting",
    ]


def test_a_full_record_goes_on_however_late() -> None:
    text = "x" * 16384
    assert _lines(_record(text), _record("end\n", time="2026-11-22T10:00:05Z")) == [text + "end", ""]


def test_colors_within_records_are_removed() -> None:
    assert _lines(_record("\x1b[31mfail\x1b[0m\n")) == ["fail"]


def test_line_ends_within_a_record_make_no_lines() -> None:
    assert _lines(_record("10%\r100%\r\n"), _record("b\n")) == ["10% 100%", "b"]


@pytest.mark.parametrize(
    "line",
    ['{"log":"cut', '{"log":5}', '{"log":["a"]}', '{"level":"info","log":"a"}', '{"log":"' + "[" * 9, '{"log":"a"}x'],
)
def test_what_is_no_record_stays_as_it_is(line: str) -> None:
    assert _lines(line, _record("a\n")) == [line, "a"]


def test_half_a_character_is_shown_as_a_mark() -> None:
    assert text_source("text", b'{"log":"a\\ud83d","stream":"stdout"}\n').data == b"a?\n"
    assert text_source("text", b'{"log":"a\xff\\n","stream":"stdout"}\n').data == "a\ufffd\n".encode()


def test_a_record_with_further_fields_is_one_too() -> None:
    assert _lines('{"log":"a\\n","stream":"stderr","attrs":{"tag":"x"},"time":"now"}') == ["a"]


def test_what_is_held_back_is_bounded() -> None:
    cleaner = Cleaner()
    begun = cleaner.feed((_record("begun, never ended ") + "\n").encode())
    others = cleaner.feed(((_record("line\n", "stderr") + "\n") * 2000).encode())
    assert begun == b""
    assert others.count(b"\n") > 900
    assert (others + cleaner.finish()).count(b"\n") == 2001


def test_hits_point_to_the_lines_of_the_file() -> None:
    records = [_record("par"), _record("tial\n"), _record('no "such"\n', "stderr")]
    scanner = Scanner([Pattern(id="partial", expression="^partial$"), Pattern(id="quoted", expression='^no "such"$')])
    hits = scanner.scan(text_source("text", "\n".join(records).encode()).data)
    assert [(hit.pattern_id, hit.line) for hit in hits] == [("partial", 1), ("quoted", 3)]


_PARTS = st.sampled_from(
    [
        _record("a\n"),
        _record("b"),
        _record("b", "stderr"),
        _record("c\n", "stderr"),
        "plain",
        "",
        '{"log":"x',
        "\x1b[1m",
    ]
)


@given(st.lists(_PARTS), st.sampled_from(["\n", "\r\n"]), st.lists(st.integers(0, 600)), st.booleans())
def test_a_log_is_the_same_however_it_is_cut_and_keeps_its_lines(
    parts: list[str], end: str, cuts: list[int], ended: bool
) -> None:
    raw = (end.join(parts) + (end if ended else "")).encode()
    places = sorted({min(cut, len(raw)) for cut in cuts})
    cleaner = Cleaner()
    text = b"".join(
        cleaner.feed(raw[start:stop]) for start, stop in zip([0, *places], [*places, len(raw)], strict=True)
    )
    text += cleaner.finish()
    assert text == text_source("text", raw).data
    assert text.count(b"\n") == raw.count(b"\n")
