from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.safety.cleaning import MOST_LINE, clean_output, printable


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\x1b[31mred\x1b[0m", "red"),
        (b"\x1b]0;title\x07plain", "plain"),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1b(Bplain\x1b7", "plain"),
        (b"a\r\nb", "a\nb"),
        (b"hidden\rshown", "hidden\ufffdshown"),
        (b"ba\x08d", "ba\ufffdd"),
        (b"\x00\x07", "\ufffd\ufffd"),
        (b"\xff", "\ufffd"),
        ("\u202egpj.exe".encode(), "\ufffdgpj.exe"),
        ("a\u200bb\u2028c".encode(), "a\ufffdb\ufffdc"),
        ("ä\tß 😀\n".encode(), "ä\tß 😀\n"),
    ],
)
def test_nothing_acts_on_a_terminal(raw: bytes, text: str) -> None:
    assert clean_output("probe", raw).text == text


@given(st.binary(max_size=2000))
def test_whatever_comes_out_is_printable(raw: bytes) -> None:
    text = clean_output("probe", raw).text
    assert text == printable(text)
    assert all(character.isprintable() or character in "\n\t\ufffd" or character.isspace() for character in text)


def test_a_long_output_is_cut_and_says_so() -> None:
    output = clean_output("probe", b"x\n" * 1000, most_bytes=10)
    assert (output.text, output.truncated, output.source) == ("x\n" * 5, True, "probe")


def test_a_long_line_is_cut_and_says_so() -> None:
    output = clean_output("probe", b"y" * (MOST_LINE + 1))
    assert output.text == "y" * MOST_LINE + " […]"
    assert output.truncated
