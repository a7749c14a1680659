"""One setting of a project's file: read in every form, changed without touching the rest, and put back."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.settings_file import SettingError, change, put_back, size_of, value_of, with_value


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


def test_a_setting_that_stands_there_twice_is_not_changed() -> None:
    with pytest.raises(SettingError, match="2 times"):
        with_value("A=1\nA=2\n", "A", "3")


def test_a_value_is_read_without_quotes_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "job.env"
    path.write_text("# MEMORY=1m\nMEMORY='16m' # measured\n")
    assert value_of(path, "MEMORY") == "16m"
    assert value_of(path, "CPUS") is None


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


def test_a_change_is_taken_back_with_content_mode_and_nothing_left(tmp_path: Path) -> None:
    path = tmp_path / "job.env"
    path.write_bytes(b"A=1\r\nMEMORY=16m\n")
    path.chmod(0o640)
    change(path, "MEMORY", "64m")
    assert path.read_bytes() == b"A=1\r\nMEMORY=64m\n"
    put_back(path, "MEMORY", "64m")
    assert path.read_bytes() == b"A=1\r\nMEMORY=16m\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["job.env"]


def test_what_somebody_wrote_since_is_not_lost_by_taking_back(tmp_path: Path) -> None:
    path = tmp_path / "job.env"
    path.write_text("MEMORY=16m\n")
    change(path, "MEMORY", "64m")
    path.write_text("MEMORY=64m\nNEW=1\n")
    with pytest.raises(SettingError, match="changed since"):
        put_back(path, "MEMORY", "64m")
    assert path.read_text() == "MEMORY=64m\nNEW=1\n"


def test_a_second_change_does_not_write_over_the_copy_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "job.env"
    path.write_text("MEMORY=16m\n")
    change(path, "MEMORY", "64m")
    with pytest.raises(SettingError, match="there already"):
        change(path, "MEMORY", "128m")
    assert path.read_text() == "MEMORY=64m\n"


def test_a_change_that_changes_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "job.env"
    path.write_text("MEMORY=64m\n")
    with pytest.raises(SettingError, match="nothing"):
        change(path, "MEMORY", "64m")
    assert [each.name for each in tmp_path.iterdir()] == ["job.env"]
