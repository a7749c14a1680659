"""Repairs that fail, or trade one failure for another: all is taken back, and what could not be is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.answers import CommandAnswer
from sickbay.guides.model import Guide
from sickbay.guides.parts import Action
from sickbay.investigation.acting import act, argument_lists
from sickbay.investigation.place import Place
from sickbay.repair.examining import Ending
from tests.integration.repair.world import (
    FULL,
    changes_of,
    conf_world,
    reason_of,
    state_of,
)
from tests.unit.sickbay.repair.written import LOSING, MAKE, RENAME, TAKE_LOCK, WrittenStep
from tests.unit.sickbay.safety.made import CALM

STUCK = WrittenStep(name="stuck", does=("/usr/bin/env -u X cp a c",), undo=("test -e nowhere",))


def test_a_repair_that_trades_one_failure_for_another_is_reported_and_rolled_back(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, TAKE_LOCK)
    before = state_of(world.folder)

    finished = world.repair()

    assert finished.ending is Ending.ROLLED_BACK
    assert finished.reasons == ("lock-left holds now, and did not before",)
    assert finished.way_back.taken_back == ("take-lock", "make")
    assert finished.way_back.left == ()
    assert state_of(world.folder) == before
    assert "lock-left holds now" in reason_of(world)
    assert [action for action, _, _ in changes_of(world)] == [
        "step make",
        "step take-lock",
        "undo take-lock",
        "undo make",
    ]


def test_a_repair_that_never_proves_well_is_rolled_back(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, RENAME, expect="2")
    before = state_of(world.folder)

    finished = world.repair()

    assert finished.ending is Ending.ROLLED_BACK
    assert finished.reasons == ("the verification listens fails",)
    assert state_of(world.folder) == before


def test_a_step_that_fails_ends_it_and_what_was_done_is_taken_back(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, RENAME)
    (world.folder / "b").write_text("somebody's\n")
    before = state_of(world.folder)

    finished = world.repair()

    assert finished.ending is Ending.ROLLED_BACK
    assert finished.done == ("make",)  # the other one only looked
    assert "test ! -e b: exit code 1" in finished.reasons[0]
    assert state_of(world.folder) == before


def test_where_an_undo_fails_the_backup_is_put_back(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, LOSING, expect="2")
    (world.folder / "a").chmod(0o604)
    before = state_of(world.folder)

    finished = world.repair()

    assert finished.ending is Ending.ROLLED_BACK
    assert finished.way_back.taken_back == ("make",)
    assert finished.way_back.put_back == (str(world.folder / "a"),)
    assert state_of(world.folder) == before
    [displaced] = (world.root / "sessions" / "s1" / "displaced").iterdir()
    assert displaced.read_text() == "lost\n"


def test_where_an_undo_fails_and_nothing_was_copied_what_is_left_is_said(tmp_path: Path) -> None:
    unknown = WrittenStep(name="unknown", does=("python3 -B make_c.py",), undo=("test -e nowhere",))
    world = conf_world(tmp_path, MAKE, unknown, expect="2")
    (world.folder / "make_c.py").write_text("open('c', 'w').close()\n")

    finished = world.repair()

    assert finished.ending is Ending.ESCALATED
    assert finished.way_back.left == ("unknown could not be taken back: test -e nowhere: exit code 1",)
    assert finished.way_back.taken_back == ("make",)
    assert finished.backup == world.root / "sessions" / "s1" / "backup"
    assert (world.folder / "c").exists()
    assert not (world.folder / "app.conf").exists()
    assert "escalated" in reason_of(world)


def test_a_path_that_no_command_names_is_backed_up_all_the_same(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, STUCK, expect="2")
    before = state_of(world.folder)

    finished = world.repair()

    assert finished.ending is Ending.ROLLED_BACK
    assert finished.way_back.put_back == (str(world.folder / "c"),)
    assert state_of(world.folder) == before


def test_a_machine_that_has_become_unstable_is_a_failure_that_appeared(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, RENAME)
    before = state_of(world.folder)
    world.readings = lambda: FULL if (world.folder / "b").exists() else CALM

    finished = world.repair()

    assert finished.ending is Ending.ROLLED_BACK
    assert finished.reasons == ("0.0% of a disk is free",)
    assert state_of(world.folder) == before


def test_what_raises_instead_of_answering_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = conf_world(tmp_path, MAKE, RENAME)
    before = state_of(world.folder)

    def raising(guide: Guide, action: Action, place: Place, *, seconds: float) -> CommandAnswer:
        if argument_lists(guide, action, place)[0][0] == "mv":
            raise ValueError("it broke")
        return act(guide, action, place, seconds=seconds)

    monkeypatch.setattr("sickbay.repair.doing.act", raising)
    finished = world.repair()

    assert "ValueError: it broke" in finished.reasons[0]
    assert finished.way_back.taken_back == ("make",)
    assert state_of(world.folder) == before
