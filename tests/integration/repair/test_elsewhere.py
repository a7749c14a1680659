"""Trying it elsewhere first: a plan for production wants its passed run, or a waiver that is recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sickbay.repair.elsewhere import UntriedError
from sickbay.repair.examining import Ending
from sickbay.safety.effects import Environment, Target
from sickbay.safety.events import Concluded, event_of
from tests.integration.repair.world import World, conf_world
from tests.unit.sickbay.repair.written import MAKE, RENAME, TAKE_LOCK

PRODUCTION = Target(name="web", environment=Environment.PRODUCTION)
STAGING = Target(name="stage", environment=Environment.STAGING)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return conf_world(tmp_path, MAKE, RENAME)


def _passed(world: World, target: Target) -> None:
    """Carry it out on another target, in another folder, and bring this folder back to where it was."""
    other = replace(world, target=target)
    assert other.repair("elsewhere").ending is Ending.REPAIRED
    assert other.take_back("elsewhere", "back").ending is Ending.TAKEN_BACK


def _notes(world: World, name: str) -> list[str]:
    events = [event_of(record.body) for record in world.store.read(name).chain.records]
    return [event.outcome.detail for event in events if isinstance(event, Concluded)]


def test_what_was_tried_nowhere_is_not_carried_out_in_production(world: World) -> None:
    with pytest.raises(UntriedError, match="passed nowhere else"):
        replace(world, target=PRODUCTION).repair()
    assert not (world.folder / "app.conf").exists()


def test_after_a_passed_run_elsewhere_it_is(world: World) -> None:
    _passed(world, STAGING)
    assert replace(world, target=PRODUCTION).repair("p1").ending is Ending.REPAIRED
    assert "passed on stage (staging), session elsewhere" in _notes(world, "p1")


def test_a_waiver_is_enough_and_is_recorded(world: World) -> None:
    assert replace(world, target=PRODUCTION, waiver="the shop is down").repair("p1").ending is Ending.REPAIRED
    assert "tried nowhere; waived by person bob: the shop is down" in _notes(world, "p1")


def test_an_empty_waiver_is_none(world: World) -> None:
    with pytest.raises(UntriedError):
        replace(world, target=PRODUCTION, waiver="  ").repair()


def test_a_run_in_production_or_on_the_same_target_is_no_trial(world: World) -> None:
    _passed(world, replace(PRODUCTION, environment=Environment.STAGING))
    with pytest.raises(UntriedError):
        replace(world, target=PRODUCTION).repair()


def test_a_run_that_was_rolled_back_is_no_trial(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, TAKE_LOCK)
    assert replace(world, target=STAGING).repair("elsewhere").ending is Ending.ROLLED_BACK
    with pytest.raises(UntriedError):
        replace(world, target=PRODUCTION).repair()


def test_a_run_of_another_plan_is_no_trial(world: World, tmp_path: Path) -> None:
    _passed(world, STAGING)
    changed = world.guide.body.replace("mv a b", "mv -n a b")
    other = replace(world, target=PRODUCTION, guide=replace(world.guide, body=changed))
    with pytest.raises(UntriedError):
        other.repair()


def test_a_record_that_was_changed_is_no_trial(world: World) -> None:
    _passed(world, STAGING)
    log = world.root / "sessions" / "elsewhere" / "audit.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"staging"', b'"Staging"', 1))
    with pytest.raises(UntriedError):
        replace(world, target=PRODUCTION).repair()
