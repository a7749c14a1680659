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
    assert text_source("text", raw).data.decode().split("\n") == lines


@given(st.binary())
def test_any_bytes_are_a_text_with_no_character_that_acts_on_a_terminal(raw: bytes) -> None:
    text = text_source("text", raw).data.decode("utf-8")
    assert [character for character in text if ord(character) < 32 and character not in "\n\t"] == []


@given(st.lists(st.sampled_from([b"a\n", b"\xc3\xa9", b"\r\n", b"\x1b[0m", b'{"log":"x\\n"}\n', b"b" * 70_000])))
def test_a_text_that_is_read_in_blocks_is_the_same_as_one_that_came_whole(parts: list[bytes]) -> None:
    raw = b"".join(parts)
    assert read_text_source("text", io.BytesIO(raw)) == text_source("text", raw)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_text_with_a_byte_order_mark_is_decoded(encoding: str) -> None:
    assert text_source("text", "größer\r\nend".encode(encoding)).data.decode() == "größer\nend"


def test_an_unended_title_sequence_hides_no_other_line() -> None:
    assert text_source("text", b"\x1b]0;title\nnext").data == b"\nnext"


@given(st.lists(st.sampled_from(["", " ", "a", "b c"])), st.integers(0, 4))
def test_the_last_lines_are_those_that_are_not_blank(lines: list[str], most: int) -> None:
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    text = text_source("text", "\n".join(lines).encode())
    assert text.last_lines(most) == (numbered[-most:] if most else [])


def test_of_a_long_text_the_beginning_and_the_end_are_kept() -> None:
    block = 1024 * 1024
    raw = b"first\n" + b"x" * 20 * block + b"\nlast"
    text = read_text_source("text", io.BytesIO(raw), most_bytes=4 * block)
    assert len(text.data) < 6 * block
    assert text.data.startswith(b"first\n")
    assert text.data.endswith(b"\nlast")
    assert b"bytes left out" in text.data


def test_a_text_that_fits_is_kept_whole() -> None:
    assert read_text_source("text", io.BytesIO(b"a\nb"), most_bytes=100).data == b"a\nb"


def test_unknown_names_and_nulls_of_a_context_are_ignored() -> None:
    assert facts_from_context({"color": "blue", "exit_code": None}) == []


def test_a_command_may_be_a_list() -> None:
    assert [fact.value for fact in facts_from_context({"command": ["sh", "-c", "x"]})] == ["sh -c x"]


@pytest.mark.parametrize(
    ("name", "given_value", "value"),
    [
        ("exit_code", "137", 137),
        ("exit_code", 1.0, 1),
        ("exit_code", "-9", -9),
        ("oom_killed", "true", True),
        ("oom_killed", "No", False),
        ("oom_killed", 1, True),
        ("memory_limit_mb", "64", 64.0),
        ("peak_memory_mb", 63.5, 63.5),
        ("command", ["sh", "-c", "a b"], "sh -c 'a b'"),
    ],
)
def test_a_value_whose_meaning_is_certain_is_taken(name: str, given_value: object, value: object) -> None:
    assert [fact.value for fact in facts_from_context({name: given_value})] == [value]


@pytest.mark.parametrize("name", ["exit_code", "oom_killed", "memory_limit_mb", "command"])
@pytest.mark.parametrize("nothing", [None, "", " "])
def test_a_value_that_says_nothing_is_ignored(name: str, nothing: object) -> None:
    assert facts_from_context({name: nothing}) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exit_code", "one"),
        ("exit_code", 1.5),
        ("exit_code", True),
        ("exit_code", [1]),
        ("oom_killed", 2),
        ("oom_killed", "maybe"),
        ("image", 5),
        ("command", ["sleep", 5]),
        ("memory_limit_mb", "64 MB"),
        ("memory_limit_mb", "nan"),
        ("memory_limit_mb", {}),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(name: str, value: object) -> None:
    with pytest.raises(InvalidContextError, match=name):
        facts_from_context({name: value})
