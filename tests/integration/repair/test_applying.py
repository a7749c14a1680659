"""Repairs carried out for real in throw-away folders: what is proved, what is taken back, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sickbay.guides.answers import CommandAnswer
from sickbay.guides.model import Guide
from sickbay.guides.parts import Action
from sickbay.investigation.acting import act, argument_lists
from sickbay.investigation.place import Place
from sickbay.repair.applying import ChangedMeanwhileError, Ready, apply_repair, make_backup
from sickbay.repair.backup import Backup, back_up
from sickbay.repair.comparing import Seen
from sickbay.repair.desk import RefusedError, SessionDesk
from sickbay.repair.doing import Worker
from sickbay.repair.examining import Ending
from sickbay.repair.guide_source import source_of
from sickbay.repair.one_at_a_time import alone_in
from sickbay.repair.planning import UnplannableError
from sickbay.repair.preparing import Offer, ready_of
from sickbay.repair.record import RecordError
from sickbay.repair.standing import BackupError
from sickbay.safety.approvals import ApprovalError
from sickbay.safety.effects import Effect
from sickbay.safety.events import Concluded, Intended, event_of
from sickbay.safety.outcome import Outcome, State
from sickbay.safety.permits import redeem
from sickbay.safety.session import Status
from sickbay.safety.stages import Stage
from sickbay.safety.stops import Readings, Tag
from sickbay.safety.store import OpenSession
from tests.integration.repair.world import World, conf_world, env_world, state_of, written_world
from tests.unit.sickbay.repair.written import CAUSE, MAKE, RENAME, TAKE_LOCK, WrittenStep, written
from tests.unit.sickbay.safety.made import CALM, at

FULL = Readings(disk_free=0.0, memory_pressure=0.0, load=0.5, engine_reachable=True, errors=1.0)


def _reason(world: World, name: str = "s1") -> str:
    session = world.store.read(name).session
    assert session is not None
    assert session.status is Status.ENDED
    return session.reason


def _log(world: World, name: str = "s1") -> list[tuple[str, str, str]]:
    """Each action that changed something, its first argument, and its answer."""
    events = [event_of(record.body) for record in world.store.read(name).chain.records]
    answers = {event.intent: event.outcome for event in events if isinstance(event, Concluded)}
    return [
        (event.action, event.arguments[0], str(answers[event.intent]))
        for event in events
        if isinstance(event, Intended) and event.effect > Effect.OBSERVE
    ]


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
        desk, ready, _ = _at_the_changes(world, opened)
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
    assert _log(world) == [
        ("step make", "cp app.conf.example app.conf", "ok"),
        ("step rename", "mv a b", "ok"),
    ]
    stored = world.store.read("s1")
    assert stored.chain.damage is None
    assert stored.session is not None
    assert (stored.session.stage, stored.session.reason) == (Stage.WATCH, "repaired")
    assert not stored.session.open_intents


def test_a_repair_that_trades_one_failure_for_another_is_reported_and_rolled_back(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, TAKE_LOCK)
    before = state_of(world.folder)

    finished = world.repair()

    assert finished.ending is Ending.ROLLED_BACK
    assert finished.reasons == ("lock-left holds now, and did not before",)
    assert finished.way_back.taken_back == ("take-lock", "make")
    assert finished.way_back.left == ()
    assert state_of(world.folder) == before
    assert "lock-left holds now" in _reason(world)
    assert [action for action, _, _ in _log(world)] == ["step make", "step take-lock", "undo take-lock", "undo make"]


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


LOSING = WrittenStep(
    name="edit", does=("sed -i s/kept/lost/ a",), undo=("test -e nowhere",), words="effect=reversible backup=a"
)


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


STUCK = WrittenStep(name="stuck", does=("/usr/bin/env -u X cp a c",), undo=("test -e nowhere",))


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
    assert "escalated" in _reason(world)


def test_a_path_that_no_command_names_is_backed_up_all_the_same(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, STUCK, expect="2")
    before = state_of(world.folder)

    finished = world.repair()

    assert finished.ending is Ending.ROLLED_BACK
    assert finished.way_back.put_back == (str(world.folder / "c"),)
    assert state_of(world.folder) == before


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
    suspicious = replace(CALM, tags=frozenset({Tag.SECURITY}))
    world.readings = lambda: suspicious if (world.folder / "app.conf").exists() else CALM

    finished = world.repair()

    assert finished.ending is Ending.ESCALATED
    assert any("everything stays as it is" in line for line in finished.way_back.left)
    assert (world.folder / "app.conf").exists()
    assert not any(action.startswith(("undo", "put back")) for action, _, _ in _log(world))


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


def test_what_changed_since_the_plan_was_shown_is_not_repaired(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE)

    def made_by_somebody(_: Offer) -> None:
        (world.folder / "app.conf").write_text("listen 1\n")

    with pytest.raises(ChangedMeanwhileError):
        world.repair(before=made_by_somebody)
    assert (world.folder / "app.conf").read_text() == "listen 1\n"
    assert "nothing was changed" in _reason(world)


def _at_the_changes(world: World, opened: OpenSession) -> tuple[SessionDesk, Ready, Backup]:
    """A session in which everything is approved and backed up, and nothing changed yet."""
    desk = world.desk(opened)
    offer = world.offered(desk)
    approval = world.approve(desk, offer)
    desk.enter(Stage.BACKUP)
    backup = make_backup(offer.chosen, desk)
    for stage in (Stage.ELSEWHERE, Stage.RECORD):
        desk.look("go on", (), lambda _: (None, Outcome(state=State.OK)))
        desk.enter(stage)
    return desk, ready_of(offer, approval), backup


def test_without_a_whole_backup_nothing_is_applied(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, LOSING)
    before = state_of(world.folder)
    world.start("s1")
    with world.store.open("s1") as opened:
        desk, ready, backup = _at_the_changes(world, opened)
        for damaged, why in _damaged(backup):
            with pytest.raises(BackupError, match=why):
                apply_repair(ready, damaged, desk, Seen(), world.interrupts)
    assert state_of(world.folder) == before
    assert _log(world) == []


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
        desk, ready, _ = _at_the_changes(world, opened)
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


def test_only_one_repair_works_in_a_folder_at_a_time(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE)
    with alone_in(world.folder), pytest.raises(RefusedError, match="another repair is at work"):
        world.repair()
    assert not (world.folder / "app.conf").exists()
    assert "another repair" in _reason(world)


def test_where_a_repair_was_left_half_done_no_other_begins(tmp_path: Path) -> None:
    world = conf_world(tmp_path, MAKE, RENAME)
    world.start("s1")
    with world.store.open("s1") as opened:
        desk, ready, _ = _at_the_changes(world, opened)
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
