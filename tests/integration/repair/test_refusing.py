"""What is not repaired: what changed meanwhile, what has no whole backup, and where another repair is at work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sickbay.repair.applying import ChangedMeanwhileError, apply_repair
from sickbay.repair.backup import Backup, back_up
from sickbay.repair.comparing import Seen
from sickbay.repair.desk import RefusedError
from sickbay.repair.doing import Worker
from sickbay.repair.examining import Ending
from sickbay.repair.guide_source import source_of
from sickbay.repair.one_at_a_time import alone_in
from sickbay.repair.preparing import Offer
from sickbay.repair.record import RecordError
from sickbay.repair.standing import BackupError
from sickbay.safety.approvals import ApprovalError
from sickbay.safety.permits import redeem
from tests.integration.repair.world import (
    FULL,
    at_the_changes,
    changes_of,
    conf_world,
    reason_of,
    state_of,
    written_world,
)
from tests.unit.sickbay.repair.written import CAUSE, LOSING, MAKE, RENAME, written


def test_what_changed_since_the_plan_was_shown_is_not_repaired(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE)

    def made_by_somebody(_: Offer) -> None:
        (world.folder / "app.conf").write_text("listen 1\n")

    with pytest.raises(ChangedMeanwhileError):
        world.repair(before=made_by_somebody)
    assert (world.folder / "app.conf").read_text() == "listen 1\n"
    assert "nothing was changed" in reason_of(world)


def test_without_a_whole_backup_nothing_is_applied(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, LOSING)
    before = state_of(world.folder)
    world.start("s1")
    with world.store.open("s1") as opened:
        desk, ready, backup = at_the_changes(world, opened)
        for damaged, why in _damaged(backup):
            with pytest.raises(BackupError, match=why):
                apply_repair(ready, damaged, desk, Seen(), world.interrupts)
    assert state_of(world.folder) == before
    assert changes_of(world) == []


def _damaged(backup: Backup) -> Iterator[tuple[Backup, str]]:
    """A backup without its paths, one that is not there, and, on disk, one with a changed byte."""
    yield replace(backup, kept=()), "not the one"
    yield replace(backup, folder=backup.folder / "nowhere"), "cannot be read"
    [copy] = backup.folder.glob("*/a")
    copy.write_text("kepT\n")
    yield backup, "is damaged"


def test_a_backup_of_other_paths_is_not_enough(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, LOSING)
    world.start("s1")
    with world.store.open("s1") as opened:
        desk, ready, _ = at_the_changes(world, opened)
        other = back_up([world.folder / "lock.off"], tmp_path / "other")
        with pytest.raises(BackupError, match="does not hold"):
            apply_repair(ready, other, desk, Seen(), world.interrupts)


def test_a_session_that_is_stopped_refuses_to_begin(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE)
    world.start("s1")
    world.readings = lambda: FULL
    with world.store.open("s1") as opened:
        desk = world.desk(opened)
        offer = world.offered(desk)
        with pytest.raises((ApprovalError, RefusedError), match="stopped"):
            world.approve(desk, offer)


def test_only_one_repair_works_in_a_folder_at_a_time(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE)
    with alone_in(world.folder), pytest.raises(RefusedError, match="another repair is at work"):
        world.repair()
    assert not (world.folder / "app.conf").exists()
    assert "another repair" in reason_of(world)


def test_where_a_repair_was_left_half_done_no_other_begins(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, RENAME)
    world.start("s1")
    with world.store.open("s1") as opened:
        desk, ready, _ = at_the_changes(world, opened)
        redeem(opened, ready.plan, ready.approval, desk.here)
        Worker(desk=desk, case=ready.case, draft=ready.draft, interrupts=world.interrupts).do(ready.draft.steps[1])
    with pytest.raises(RefusedError, match="session s1 has left a repair half done here"):
        world.repair("s2")
    assert not (world.folder / "app.conf").exists()


def test_a_function_beside_a_guide_that_was_changed_is_another_plan(tmp_path: Path) -> None:
    block = "```sh step=make effect=reversible\ntest ! -e app.conf\ncp app.conf.example app.conf\n```"
    text = written(MAKE).replace(block, "```yaml step=make effect=reversible python=making:make\n{}\n```")
    world = written_world(tmp_path, text, CAUSE)
    (world.folder / "app.conf.example").write_text("listen 8000\n")
    beside = tmp_path / "guides" / "making.py"
    beside.write_text("import shutil\ndef make():\n    shutil.copy('app.conf.example', 'app.conf')\n")

    assert world.repair().ending is Ending.REPAIRED

    before = source_of(world.guide)
    beside.write_text(beside.read_text() + "# changed\n")
    assert source_of(world.guide) != before
    with pytest.raises(RecordError, match="not the one of the plan"):
        world.left_behind("s1")
