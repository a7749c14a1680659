"""Old keys are put behind the new ones, never shown, and taken out again only while nothing else was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.function_parts import UNREADABLE, WELL, WRONG
from sickbay.guides.security import key_lists


def test_old_keys_are_put_behind_the_new_one_and_taken_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys, old = tmp_path / "keys.txt", tmp_path / "keys.old"
    keys.write_text("# the newest first\nsecond-key")
    old.write_text("first-key\n\nsecond-key\n")
    assert key_lists.missing(str(keys), str(old)) == WRONG
    assert key_lists.add(str(keys), str(old)) == WELL
    assert keys.read_text() == "# the newest first\nsecond-key\nfirst-key\n"
    assert key_lists.is_complete(str(keys), str(old)) == WELL
    assert key_lists.take_away(str(keys), str(old)) == WELL
    assert keys.read_text() == "# the newest first\nsecond-key"
    assert "-key" not in capsys.readouterr().out


def test_without_old_keys_nothing_can_be_missing(tmp_path: Path) -> None:
    keys = tmp_path / "keys.txt"
    keys.write_text("key\n")
    assert key_lists.is_complete(str(keys), str(tmp_path / "none")) == WELL
    assert key_lists.missing(str(keys), str(tmp_path / "none")) == UNREADABLE
    assert key_lists.add(str(keys), str(tmp_path / "none")) == WRONG
