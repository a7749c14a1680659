"""The guide about `.env` loses nothing, also where somebody else was there between its steps."""

from __future__ import annotations

import os
from pathlib import Path

from sickbay.guides.library import builtin_guides
from sickbay.guides.parts import Action
from sickbay.investigation.acting import act
from sickbay.investigation.investigating import investigate
from sickbay.investigation.place import Place

GUIDE = next(guide for guide in builtin_guides() if guide.slug == "env-file-is-directory")


def _exit_code(action: Action, folder: Path) -> int:
    return act(GUIDE, action, Place(folder=folder, environment=os.environ), seconds=30).exit_code


def test_a_file_that_was_filled_in_meanwhile_is_not_removed_by_the_way_back(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("PORT=8000\n")
    step = next(each for each in GUIDE.parts.steps if each.id == "put-file")
    assert _exit_code(step.action, tmp_path) == 0
    (tmp_path / ".env").write_text("PORT=9000\n")
    assert step.undo is not None
    assert _exit_code(step.undo.action, tmp_path) != 0
    assert (tmp_path / ".env").read_text() == "PORT=9000\n"


def test_nothing_is_moved_into_what_lies_aside_already(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    (tmp_path / ".env.aside").mkdir()
    step = next(each for each in GUIDE.parts.steps if each.id == "move-aside")
    assert _exit_code(step.action, tmp_path) != 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", ".env.aside"]
    found = investigate(GUIDE, Place(folder=tmp_path, environment=os.environ), seconds_left=30)
    assert found.facts["aside-is-taken"] is True
