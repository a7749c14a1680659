"""What ends a repair between two commands: the machine, an alarming line, an interrupt, and the time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sickbay.guides.library import builtin_guides
from sickbay.investigation.alarms import Alarms
from sickbay.repair.applying import Finished
from sickbay.repair.desk import RefusedError
from sickbay.repair.examining import Ending
from sickbay.repair.preparing import Offer
from sickbay.safety.approvals import ApprovalError
from sickbay.safety.session import Status
from sickbay.safety.stops import Alarm, Readings, Tag
from tests.integration.repair.world import (
    FULL,
    World,
    changes_of,
    conf_world,
    state_of,
)
from tests.unit.sickbay.repair.written import MAKE, RENAME
from tests.unit.sickbay.safety.made import CALM, at

ALARMING = ["ERROR: invalid page in block 1204 of relation base/16384", "* ABOUT XMRig/6.21.0: started"]
"""A line of each tag."""


def assert_frozen(world: World, finished: Finished, line: str) -> None:
    """Hold that a repair ended because of a line, and that what it had done stays as it is."""
    assert finished.ending is Ending.ESCALATED
    assert any(line in reason for reason in finished.reasons)
    assert (world.folder / "app.conf").exists()
    assert not any(action.startswith(("undo", "put back")) for action, _, _ in changes_of(world))


def test_a_stop_before_a_step_refuses_it_and_takes_back_what_was_done(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, RENAME)
    before = state_of(world.folder)
    world.readings = lambda: FULL if (world.folder / "app.conf").exists() else CALM

    finished = world.repair()

    assert finished.ending is Ending.ROLLED_BACK
    assert "of a disk is free" in finished.reasons[0]
    assert state_of(world.folder) == before


def test_a_suspicion_of_a_break_in_freezes_everything_as_it_is(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, RENAME)
    suspicious = replace(CALM, alarms=(Alarm(tag=Tag.SECURITY, says="a line"),))
    world.readings = lambda: suspicious if (world.folder / "app.conf").exists() else CALM

    finished = world.repair()

    assert finished.ending is Ending.ESCALATED
    assert any("everything stays as it is" in line for line in finished.way_back.left)
    assert (world.folder / "app.conf").exists()
    assert not any(action.startswith(("undo", "put back")) for action, _, _ in changes_of(world))


@pytest.mark.parametrize("line", ALARMING)
def test_a_line_that_a_step_prints_stops_before_the_next_one_and_freezes(tmp_path: Path, line: str) -> None:
    world = conf_world(tmp_path, MAKE, replace(RENAME, does=("cat said", "mv a b")))
    (world.folder / "said").write_text(f"all is well\n{line}\n")
    world.alarms = Alarms(builtin_guides())

    finished = world.repair()

    assert_frozen(world, finished, line)
    assert (world.folder / "a").exists()
    assert finished.way_back.left


@pytest.mark.parametrize("line", ALARMING)
def test_a_line_that_the_proof_prints_is_no_success_and_freezes(tmp_path: Path, line: str) -> None:
    world = conf_world(tmp_path, MAKE, verify="grep -h : app.conf", expect=line)
    (world.folder / "app.conf.example").write_text(f"{line}\n")
    world.alarms = Alarms(builtin_guides())

    finished = world.repair()

    assert_frozen(world, finished, line)


@pytest.mark.parametrize("line", ALARMING)
def test_a_line_that_comes_after_the_approval_leaves_everything_as_it_is(tmp_path: Path, line: str) -> None:
    world = conf_world(tmp_path, MAKE, verify="cat said app.conf", expect="listen 8000")
    world.alarms = Alarms(builtin_guides())
    before = state_of(world.folder)

    def late(_: Offer) -> None:
        (world.folder / "said").write_text(f"{line}\n")

    with pytest.raises(RefusedError, match="a line says that"):
        world.repair(before=late)
    (world.folder / "said").unlink()
    assert state_of(world.folder) == before
    assert world.store.read("s1").session.status is Status.ENDED


def test_an_interrupt_is_obeyed_between_two_commands(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, RENAME)
    before = state_of(world.folder)

    def readings() -> Readings:
        if (world.folder / "app.conf").exists():
            world.interrupts.why = "interrupted (SIGINT)"
        return CALM

    world.readings = readings
    finished = world.repair()

    assert finished.ending is Ending.ROLLED_BACK
    assert "interrupted" in finished.reasons[0]
    assert state_of(world.folder) == before


def test_a_step_is_not_begun_without_time_for_a_way_back(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE)
    before = state_of(world.folder)
    stage = {"late": False}
    world.now = lambda: at(1800.0 if stage["late"] else 101.0)

    def late(_: Offer) -> None:
        stage["late"] = True

    with pytest.raises(ApprovalError, match="older than"):
        world.repair(before=late)
    stage["late"] = False
    world.now = lambda: at(1790.0)
    finished = world.repair("s3")

    assert finished.ending is Ending.ROLLED_BACK
    assert "no time left" in finished.reasons[0]
    assert state_of(world.folder) == before
