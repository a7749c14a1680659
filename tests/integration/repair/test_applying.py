"""Repairs carried out for real in throw-away folders: what is proved, and what is kept on record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sickbay.repair.doing import Worker
from sickbay.repair.examining import Ending
from sickbay.repair.planning import UnplannableError
from sickbay.safety.permits import redeem
from sickbay.safety.stages import Stage
from tests.integration.repair.world import (
    at_the_changes,
    changes_of,
    conf_world,
    env_world,
    state_of,
)
from tests.unit.sickbay.repair.written import MAKE, RENAME, WrittenStep


@pytest.mark.parametrize("cause", ["env-file-is-directory", "env-file-missing"])
def test_apply_verify_undo_restores_a_throw_away_target(tmp_path: Path, cause: str) -> None:
    world = env_world(tmp_path)
    world.wanted = cause
    if cause == "env-file-missing":
        (world.folder / ".env").rename(world.folder / "elsewhere")
    before = state_of(world.folder)

    finished = world.repair()

    assert finished.ending is Ending.REPAIRED
    assert (world.folder / ".env").read_text() == "PORT=8000\n"
    assert state_of(world.folder) != before
    assert world.take_back("s1").ending is Ending.TAKEN_BACK
    assert state_of(world.folder) == before


def test_a_repair_is_an_action_with_its_four_parts(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, RENAME)
    before = state_of(world.folder)
    world.start("s1")
    with world.store.open("s1") as opened:
        desk, ready, _ = at_the_changes(world, opened)
        redeem(opened, ready.plan, ready.approval, desk.here)
        action = Worker(desk=desk, case=ready.case, draft=ready.draft, interrupts=world.interrupts).repair
        assert action.change is not None
        assert action.change.dry_run(()).splitlines()[-1] == "mv a b"
        assert not action.change.verify(())
        assert state_of(world.folder) == before
        action.change.apply(())
        assert action.change.verify(())
        action.change.undo(())
        assert state_of(world.folder) == before


def test_every_command_is_on_record_before_and_after(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, RENAME)
    world.repair()
    assert changes_of(world) == [
        ("step make", "cp app.conf.example app.conf", "ok"),
        ("step rename", "mv a b", "ok"),
    ]
    stored = world.store.read("s1")
    assert stored.chain.damage is None
    assert stored.session is not None
    assert (stored.session.stage, stored.session.reason) == (Stage.WATCH, "repaired")
    assert not stored.session.open_intents


def test_secret_inputs_are_in_no_record(tmp_path: Path) -> None:
    step = WrittenStep(name="told", does=("grep -q $TOKEN a", "mv a b"), undo=("mv b a",))
    world = conf_world(tmp_path, MAKE, step)
    world.values = {"TOKEN": "s3cr3tvalue"}
    (world.folder / "a").write_text("s3cr3tvalue\n")

    assert world.repair().ending is Ending.REPAIRED

    folder = world.root / "sessions" / "s1"
    kept = json.loads((folder / "repair.json").read_text())
    assert kept["secret_inputs"] == ["TOKEN"]
    for file in (folder / "audit.jsonl", folder / "repair.json", folder / "backup" / "manifest.json"):
        assert "s3cr3tvalue" not in file.read_text()
    world.values = {}
    with pytest.raises(UnplannableError, match="give TOKEN again"):
        world.left_behind("s1")
