"""A text in another encoding is written as UTF-8 once somebody says which, and taken back byte by byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.function_parts import WELL, WRONG
from sickbay.guides.logging import text_files


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "input.txt"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [(b"one\ncaf\xe9\n", "windows-1252"), ("café".encode("utf-16"), "windows-1252"), (b"\x82\xb1", "shift_jis")],
)
def test_a_text_is_written_as_utf8_and_taken_back(
    content: bytes, encoding: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(content)
    assert text_files.encoding(str(file)) == WRONG
    assert text_files.write_as_utf8(str(file), encoding) == WELL
    capsys.readouterr()
    assert text_files.is_utf8(str(file)) == WELL
    assert capsys.readouterr().out == "UTF-8\n"
    assert text_files.restore(str(file), encoding) == WELL
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    ("content", "encoding"), [(b"\x1f\x8b\0\0", "windows-1252"), (b"\x81", "windows-1252"), (b"\xe9", "base64")]
)
def test_what_is_no_such_text_is_left_as_it_is(content: bytes, encoding: str, file: Path) -> None:
    file.write_bytes(content)
    assert text_files.write_as_utf8(str(file), encoding) == WRONG
    assert file.read_bytes() == content


def test_the_first_wrong_byte_is_told_with_its_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(b"one\ncaf\xe9\n")
    text_files.encoding(str(file))
    assert capsys.readouterr().out == "not UTF-8: the byte 0xE9 at offset 7, line 2\n"


def test_an_encoding_that_is_none_is_refused(file: Path) -> None:
    file.write_bytes(b"\xe9")
    assert text_files.write_as_utf8(str(file), "latin-99") == WRONG
