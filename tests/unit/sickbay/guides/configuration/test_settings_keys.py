"""A misspelled key is renamed only where there is no doubt which one is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.configuration import settings_keys
from sickbay.guides.function_parts import WELL, WRONG


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return tmp_path / "settings.py"


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_key_is_renamed_and_taken_back(quote: str, settings: Path) -> None:
    text = f"CONTAINER_MANAGER = {{{quote}leases{quote}: 60}}  # not leases\n"
    settings.write_text(text)
    assert settings_keys.rename(str(settings), "leases", "lease_seconds") == WELL
    assert settings.read_text() == text.replace(f"{quote}leases{quote}", f"{quote}lease_seconds{quote}")
    assert settings_keys.take_back(str(settings), "leases", "lease_seconds") == WELL
    assert settings.read_text() == text


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("A = {'leases': 1}\nB = {'leases': 2}\n", "lease_seconds"),
        ("A = {'leases': 1, 'lease_seconds': 2}\n", "lease_seconds"),
        ("A = {}\n", "lease_seconds"),
        ("A = {'leases': 1}\n", ""),
    ],
)
def test_where_there_is_a_doubt_nothing_is_changed(text: str, right: str, settings: Path) -> None:
    settings.write_text(text)
    assert settings_keys.rename(str(settings), "leases", right) == WRONG
    assert settings.read_text() == text
