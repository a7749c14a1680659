"""A repair that is killed leaves a record, from which what it did is taken back."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sickbay.repair.examining import Ending
from sickbay.repair.record import TAKEN_BACK, RecordError, begun_steps
from sickbay.safety.events import event_of
from tests.integration.repair.world import World, conf_world, state_of
from tests.unit.sickbay.repair.written import MAKE, RENAME

#: Carries the repair out in a process that kills itself as it is about to write the record with this number.
KILLED = """
import os, signal, sys
from pathlib import Path
from tests.integration.repair.world import conf_world, written_world, World
from tests.unit.sickbay.repair.written import CAUSE
from sickbay.guides.parser import parse_guide

root, last = Path(sys.argv[1]), int(sys.argv[2])
path = root / "guides" / f"{CAUSE}.md"
written = 0

def wall_time():
    global written
    written += 1
    if written == last:
        os.kill(os.getpid(), signal.SIGKILL)
    return "2026-01-01T00:00:00Z"

world = World(root=root, guide=parse_guide(CAUSE, str(path), path.read_text()), wanted=CAUSE, wall_time=wall_time)
print(world.repair().ending)
"""


def _records(world: World) -> int:
    return len(world.store.read("s1").chain.records)


def _kill_at(world: World, number: int) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(world.root), str(number)], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL


def _first_change(tmp_path: Path) -> int:
    """The number of the record that says that the plan is about to be carried out."""
    world = conf_world(tmp_path / "counted", MAKE, RENAME)
    world.repair()
    bodies = [record.body["event"] for record in world.store.read("s1").chain.records]
    return bodies.index("redeemed") + 1


#: Of the records behind the redeemed approval, each command has two: one before, one after.
MOMENTS = {
    "before the first command": 1,
    "after the first look, before the first change": 3,
    "within the first change": 4,
    "between two steps": 5,
    "within the last change": 8,
    "before the proof": 9,
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_a_killed_repair_did_is_taken_back(tmp_path: Path, moment: str) -> None:
    (tmp_path / "counted").mkdir()
    first = _first_change(tmp_path)
    (tmp_path / "killed").mkdir()
    world = conf_world(tmp_path / "killed", MAKE, RENAME)
    before = state_of(world.folder)

    _kill_at(world, first + MOMENTS[moment])

    stored = world.store.read("s1")
    assert stored.chain.damage is None
    assert stored.session is not None
    assert len(stored.session.open_intents) == (1 if moment.startswith("within") else 0)
    left = world.left_behind("s1")
    expected = {"undo rename", "undo make"} if MOMENTS[moment] > 7 else {"undo make"} if MOMENTS[moment] > 3 else set()
    assert {step.name for step in left.draft.steps} == expected
    if left.is_nothing:
        assert state_of(world.folder) == before
        return
    assert state_of(world.folder) != before
    finished = world.take_back("s1")
    assert (finished.ending, finished.way_back.left) == (Ending.TAKEN_BACK, ())
    assert state_of(world.folder) == before


def test_a_way_back_that_was_killed_is_gone_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "counted").mkdir()
    counted = conf_world(tmp_path / "counted", MAKE, RENAME, expect="2")
    counted.repair()
    bodies = [record.body for record in counted.store.read("s1").chain.records]
    last_look = [number for number, body in enumerate(bodies, start=1) if body.get("action") == TAKEN_BACK]
    (tmp_path / "killed").mkdir()
    world = conf_world(tmp_path / "killed", MAKE, RENAME, expect="2")
    before = state_of(world.folder)

    _kill_at(world, last_look[0] + 2)  # one step is taken back, the other one not begun

    assert [step.name for step in world.left_behind("s1").draft.steps] == ["undo make"]
    assert world.take_back("s1").ending is Ending.TAKEN_BACK
    assert state_of(world.folder) == before


def test_a_repair_that_was_killed_before_its_backup_left_nothing_to_take_back(tmp_path: Path) -> None:
    (tmp_path / "killed").mkdir()
    world = conf_world(tmp_path / "killed", MAKE, RENAME)
    before = state_of(world.folder)
    _kill_at(world, 5)
    with pytest.raises(RecordError, match="no repair"):
        world.left_behind("s1")
    assert state_of(world.folder) == before


def test_a_changed_record_is_not_believed(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE)
    world.repair()
    kept = world.root / "sessions" / "s1" / "repair.json"
    whole = kept.read_text()
    kept.write_text(whole.replace("rm app.conf", "rm  app.conf"))
    with pytest.raises(RecordError, match="was changed"):
        world.left_behind("s1")
    kept.write_text(whole)
    assert world.left_behind("s1").draft.steps


def test_what_somebody_has_changed_since_a_repair_is_left_alone(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, RENAME)
    world.repair()
    (world.folder / "app.conf").write_text("listen 443\n")

    finished = world.take_back("s1")

    assert finished.ending is Ending.ESCALATED
    assert finished.way_back.taken_back == ("undo rename",)
    assert finished.way_back.put_back == ()
    assert any("undo make could not be taken back" in line for line in finished.way_back.left)
    assert (world.folder / "app.conf").read_text() == "listen 443\n"


def test_what_was_rolled_back_has_nothing_left(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, RENAME, expect="2")
    world.repair()
    events = [event_of(record.body) for record in world.store.read("s1").chain.records]
    assert begun_steps(events) == ()
    assert world.left_behind("s1").is_nothing
