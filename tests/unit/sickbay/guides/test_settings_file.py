"""One setting of a project's file: read in every form, and written without touching the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.settings_file import SettingError, read_settings, settings_in, size_of, with_value, without


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("MEMORY=16m\n", "MEMORY=64m\n"),
        ("A=1\nexport MEMORY=16m\nB=2\n", "A=1\nexport MEMORY=64m\nB=2\n"),
        ('MEMORY="16m"  # measured\n', 'MEMORY="64m"  # measured\n'),
        ("job:\n  MEMORY: 16m\n", "job:\n  MEMORY: 64m\n"),
        ('{\n  "MEMORY": "16m",\n  "x": 1\n}\n', '{\n  "MEMORY": "64m",\n  "x": 1\n}\n'),
        ("MEMORY=16m\r\nB=2\r\n", "MEMORY=64m\r\nB=2\r\n"),
        ("MEMORY=\n", "MEMORY=64m\n"),
        ("MEMORY_LIMIT=16m\n", "MEMORY_LIMIT=16m\nMEMORY=64m\n"),
        ("A=1", "A=1\nMEMORY=64m\n"),
        ("", "MEMORY=64m\n"),
    ],
)
def test_only_the_value_of_the_setting_changes(text: str, changed: str) -> None:
    assert with_value(text, "MEMORY", "64m") == changed


def test_a_value_with_blanks_is_quoted() -> None:
    assert with_value("COMMAND=true\n", "COMMAND", "ls -l /data") == "COMMAND='ls -l /data'\n"
    assert with_value("COMMAND=true\n", "COMMAND", "echo 'a b'") == "COMMAND=\"echo 'a b'\"\n"
    assert with_value("COMMAND='a'\n", "COMMAND", "echo 'a b'") == "COMMAND=\"echo 'a b'\"\n"


def test_a_line_whose_reader_asks_for_no_quotes_gets_none() -> None:
    assert with_value("URL=a://b?c&d\n", "URL", "a://x?c&d") == "URL=a://x?c&d\n"


@pytest.mark.parametrize("value", ["a 'b' \"c\"", "a\nb"])
def test_a_value_that_no_line_can_hold_is_refused(value: str) -> None:
    with pytest.raises(SettingError):
        with_value("A=1\n", "A", value)


def test_a_setting_that_stands_there_twice_is_not_changed() -> None:
    with pytest.raises(SettingError, match="2 times"):
        with_value("A=1\nA=2\n", "A", "3")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A='16m' # measured", "16m"),
        ("export A = b ", "b"),
        ("A=b#c", "b#c"),
        ('A="b # c"', "b # c"),
        ("A=b,", "b,"),
        ('  "A": "b",', "b"),
        ("A: b # why", "b"),
        ("A=postgresql://u:p@h:5/d?a=b", "postgresql://u:p@h:5/d?a=b"),
        ("A=\r", ""),
        ("A=1\nA=2", "2"),
    ],
)
def test_a_value_is_read_without_quotes_and_comments(line: str, value: str) -> None:
    assert settings_in(f"# A=1m\nBA=2\n{line}\nB=c")["A"] == value


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "job.env"
    with pytest.raises(OSError, match="no file"):
        read_settings(str(path))
    path.write_bytes(b"A=\xff\n")
    with pytest.raises(OSError, match="UTF-8"):
        read_settings(str(path))


@pytest.mark.parametrize(
    ("text", "left"),
    [("A=1\nB=2\n", "B=2\n"), ("B=2\nA=1", "B=2\n"), ("B=2\r\nA=1\r\nC=3\r\n", "B=2\r\nC=3\r\n"), ("A=1", "")],
)
def test_a_line_is_taken_out(text: str, left: str) -> None:
    assert without(text, "A") == left


@pytest.mark.parametrize("text", ["", "B=1\n", "A=1\nA=1\n"])
def test_what_does_not_stand_there_once_is_not_taken_out(text: str) -> None:
    with pytest.raises(SettingError):
        without(text, "A")


@pytest.mark.parametrize(
    ("value", "size"),
    [("64", 64), ("0.5", 0.5), ("1k", 1024), ("512m", 512 << 20), ("1.5g", 1536 << 20), ("2Gi", 2 << 30)],
)
def test_sizes_have_units_of_1024(value: str, size: float) -> None:
    assert size_of(value) == size


@pytest.mark.parametrize("value", ["", "many", "5x", "-1", "1..5g"])
def test_what_is_no_size_is_said(value: str) -> None:
    with pytest.raises(SettingError):
        size_of(value)
