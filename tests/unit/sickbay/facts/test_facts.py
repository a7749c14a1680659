"""Texts keep their lines, and contexts their kinds."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.facts.context import InvalidContextError, facts_from_context
from sickbay.facts.text import read_text_source, text_source


@pytest.mark.parametrize(
    ("raw", "lines"),
    [
        (b"a\nb\n", ["a", "b", ""]),
        (b"a\r\nb", ["a", "b"]),
        (b"10%\r20%\rdone", ["10%", "20%", "done"]),
        (b"\x1b[31mred\x1b[0m \x1b]0;title\x07x", ["red x"]),
        (b"a\x00b", ["a\ufffdb"]),
        (b"\xff", ["\ufffd"]),
        (b'{"log":"say \\"no\\"\\n","stream":"stderr"}', ['say "no"']),
    ],
)
def test_a_text_is_read_as_a_person_sees_it(raw: bytes, lines: list[str]) -> None:
    assert [line for _, line in text_source("text", raw).numbered_lines()] == lines


@given(st.binary())
def test_any_bytes_are_a_text_whose_lines_can_be_read(raw: bytes) -> None:
    text = text_source("text", raw)
    text.data.decode("utf-8")
    for number, line in text.numbered_lines():
        assert text.line(number) == line


def test_of_a_long_text_the_beginning_and_the_end_are_kept() -> None:
    block = 1024 * 1024
    raw = b"first\n" + b"x" * 20 * block + b"\nlast"
    text = read_text_source("text", io.BytesIO(raw), most_bytes=4 * block)
    assert len(text.data) < 6 * block
    assert text.line(1) == "first"
    assert text.data.endswith(b"\nlast")
    assert b"bytes left out" in text.data


def test_a_text_that_fits_is_kept_whole() -> None:
    assert read_text_source("text", io.BytesIO(b"a\nb"), most_bytes=100).data == b"a\nb"


def test_unknown_names_and_nulls_of_a_context_are_ignored() -> None:
    assert facts_from_context({"color": "blue", "exit_code": None}) == []


def test_a_command_may_be_a_list() -> None:
    assert [fact.value for fact in facts_from_context({"command": ["sh", "-c", "x"]})] == ["sh -c x"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("exit_code", "1"), ("exit_code", True), ("oom_killed", 1), ("image", 5), ("memory_limit_mb", "64")],
)
def test_a_value_of_the_wrong_kind_is_named(name: str, value: object) -> None:
    with pytest.raises(InvalidContextError, match=name):
        facts_from_context({name: value})
