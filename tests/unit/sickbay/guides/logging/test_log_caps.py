"""The cap on a log is read as Python would read it, without running anything, and raised in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.function_parts import WELL, WRONG
from sickbay.guides.logging import log_caps


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return tmp_path / "settings.py"


@pytest.mark.parametrize("value", ["4096", "4_096", "4 * 1024", "2**12"])
def test_a_small_cap_is_raised_and_taken_back(value: str, settings: Path) -> None:
    text = f'CONTAINER_MANAGER = {{"concurrency": 2, "log_cap_bytes": {value}}}\n'
    settings.write_text(text)
    assert log_caps.cap(str(settings), "65536") == WRONG
    assert log_caps.raise_cap(str(settings), "65536") == WELL
    assert settings.read_text() == 'CONTAINER_MANAGER = {"concurrency": 2, "log_cap_bytes": 65536}\n'
    assert log_caps.is_large_enough(str(settings), "65536") == WELL
    assert log_caps.lower_again(str(settings), "65536") == WELL
    assert settings.read_text() == text


@pytest.mark.parametrize("value", ["65536", "64 * 1024", "2 ** 20"])
def test_a_cap_that_is_large_enough_stays(value: str, settings: Path) -> None:
    settings.write_text(f"CONTAINER_MANAGER = {{'log_cap_bytes': {value}}}\n")
    assert log_caps.cap(str(settings), "65536") == WELL
    assert log_caps.raise_cap(str(settings), "65536") == WELL
    assert value in settings.read_text()


@pytest.mark.parametrize("text", ["CONTAINER_MANAGER = {}\n", "CAP = {'log_cap_bytes': 9**9**9}\n"])
def test_what_cannot_be_raised_is_left(text: str, settings: Path) -> None:
    settings.write_text(text)
    assert log_caps.raise_cap(str(settings), "65536") == WRONG
    assert settings.read_text() == text
