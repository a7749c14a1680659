"""Taking back what another session did: a repair that was killed in the middle, or one that a person wants undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sickbay.guides.fences import InvalidGuideError
from sickbay.guides.parser import parse_causes
from sickbay.guides.parts import Undo
from sickbay.investigation.place import Place
from sickbay.repair.applying import BACKUP, Finished, Ready, make_backup, require_backup
from sickbay.repair.backup import Backup, differing, load
from sickbay.repair.backup_choice import Chosen
from sickbay.repair.desk import Desk, RefusedError, SessionDesk
from sickbay.repair.doing import StepFailedError, Worker
from sickbay.repair.examining import Case, Ending, see
from sickbay.repair.guide_source import source_of
from sickbay.repair.interrupts import Interrupts
from sickbay.repair.one_at_a_time import alone_in
from sickbay.repair.planning import Draft, DraftStep, UnplannableError, draft_repair
from sickbay.repair.record import Record, RecordError, begun_steps, kept_digests, read_record
from sickbay.repair.standing import BackupError
from sickbay.repair.taking_back import WayBack, not_as_before, restore, uncompensated
from sickbay.safety.events import Proposed, event_of
from sickbay.safety.outcome import Outcome, State
from sickbay.safety.permits import redeem
from sickbay.safety.plan import plan_of
from sickbay.safety.session import Session
from sickbay.safety.stages import Stage
from sickbay.safety.stops import Readings
from sickbay.safety.store import Stored

_AS_BEFORE = "all that was copied, and all that the guide asks, is as it was before the repair"


@dataclass(frozen=True, kw_only=True)
class LeftBehind:
    """What a session did and did not take back, and ``where``.

    ``draft`` is the way back: its steps are the undos, the last first.
    """

    session: Session
    where: str
    record: Record
    case: Case
    draft: Draft
    backup: Backup

    @property
    def was_finished(self) -> bool:
        """Whether the repair went well: then people may have worked with what it made."""
        return self.session.stage is Stage.WATCH

    @property
    def is_nothing(self) -> bool:
        """Whether no step of it stands, and everything that was copied is as it was."""
        return not self.draft.steps and not differing(self.backup)


def read_left_behind(stored: Stored, folder: Path, place: Place) -> LeftBehind:
    """Read what a session's repair left, from its log and from what it kept beside it.

    ``place`` brings secret inputs, which are not kept, and the caller's variables. Raises :class:`RecordError`,
    ``BackupError``, and ``UnplannableError``.
    """
    if stored.session is None or stored.chain.damage is not None:
        raise RecordError(f"the record of the session is damaged: {stored.chain.damage}")
    events = [event_of(each.body) for each in stored.chain.records]
    backup_digest, record_digest = kept_digests(events)
    record = read_record(folder, record_digest)
    case, draft = _draft(record, place)
    plans = [plan_of(event.plan) for event in events if isinstance(event, Proposed)]
    if source_of(case.guide) not in {plan.guide for plan in plans}:
        raise RecordError("the guide, or a function beside it, is not the one of the plan that was approved")
    begun = [step for name in begun_steps(events) for step in draft.steps if step.name == name]
    steps = tuple(_reversed(step) for step in reversed(begun))
    return LeftBehind(
        session=stored.session,
        where=plans[-1].folder,
        record=record,
        case=case,
        draft=Draft(guide=draft.guide, cause=draft.cause, steps=steps, verification=(_AS_BEFORE,)),
        backup=load(folder / BACKUP, backup_digest),
    )


def examine_left_behind(desk: Desk, left: LeftBehind, readings: Readings) -> None:
    """Look at what was left, stage by stage. Raises ``RefusedError``."""
    steps = ", ".join(step.name for step in left.draft.steps) or "no step"
    found = Outcome(state=State.FAIL, detail=f"session {left.session.id} left to do: {steps}")
    machine = Outcome(state=State.OK, detail=f"load {readings.load}, free part of a disk {readings.disk_free}")
    desk.enter(Stage.SYMPTOMS)
    desk.look("read what was left", (left.session.id,), lambda _: (None, found))
    desk.enter(Stage.HEALTH)
    desk.look("read the machine", (), lambda _: (None, machine))
    desk.enter(Stage.LOGS)
    desk.look("verify its record", (left.session.id,), lambda _: (None, Outcome(state=State.OK, detail="intact")))
    desk.enter(Stage.CONFIGURATION)
    desk.look("ask with the guide", (left.case.guide.slug,), lambda seconds: see(left.case, seconds))
    desk.enter(Stage.CONNECTIVITY)
    desk.look("compare with the backup", (str(left.backup.folder),), lambda _: (None, _compared(left.backup)))


def take_back_left(ready: Ready, left: LeftBehind, desk: SessionDesk, interrupts: Interrupts) -> Finished:
    """Carry out an approved way back: every undo, and for a repair that was cut off, the old backup behind them.

    After a repair that went well, what an undo leaves alone was changed by somebody since, so it stays. What stands now
    is backed up before. Raises as ``carry_out`` does, before anything is changed.
    """
    with alone_in(left.case.place.folder):
        backup = _backed_up(ready, desk)
        worker = Worker(desk=desk, case=left.case, draft=ready.draft, interrupts=interrupts)
        done, failed = _undone(worker)
        restored, stuck = ((), ()) if left.was_finished else restore(worker, left.backup)
        found = (*uncompensated(ready.draft.steps, failed, left.backup, left.case.place.folder), *stuck)
        if found:
            found = (*found, f"what stood before the repair is kept in {left.backup.folder}")
        return _ended(worker, left, WayBack(taken_back=done, put_back=restored, left=found), backup)


def _backed_up(ready: Ready, desk: SessionDesk) -> Backup:
    """Copy what stands now, and use the approval up."""
    try:
        desk.enter(Stage.BACKUP)
        backup = make_backup(ready.chosen, desk)
        desk.enter(Stage.ELSEWHERE)
        desk.look("tried elsewhere", (ready.trial.says,), lambda _: (None, Outcome(state=State.OK)))
        desk.enter(Stage.RECORD)
        require_backup(backup, ready.chosen)
        redeem(desk.opened, ready.plan, ready.approval, desk.here)
    except (BackupError, PermissionError) as error:
        desk.finish(f"nothing was changed: {error}", is_well=False)
        raise
    return backup


def chosen_again(left: LeftBehind) -> Chosen:
    """Return what is copied before the way back: the same paths, as they are now."""
    paths = tuple(Path(kept.path) for kept in left.backup.kept)
    names = ", ".join(path.name for path in paths)
    return Chosen(paths=paths, says=f"copies of {names}" if names else "no file is written that is known")


def taken_back_in(name: str, sessions: Iterable[Stored]) -> str:
    """Return the session in which a session was taken back, empty where there is none."""
    reason = _reason(Ending.TAKEN_BACK, name)
    return next((each.id for each in sessions if each.session is not None and each.session.reason == reason), "")


def _reason(ending: Ending, name: str) -> str:
    return f"{ending}: session {name}"


def _undone(worker: Worker) -> tuple[tuple[str, ...], dict[str, str]]:
    done, failed = [], {}
    for step in worker.draft.steps:
        try:
            worker.do(step)
            done.append(step.name)
        except (StepFailedError, RefusedError) as error:
            failed[step.name] = str(error)
    return tuple(done), failed


def _ended(worker: Worker, left: LeftBehind, way_back: WayBack, backup: Backup) -> Finished:
    worker.desk.enter(Stage.VERIFY)
    remaining = (*way_back.left, *not_as_before(worker, left.record.before))
    ending = Ending.ESCALATED if remaining else Ending.TAKEN_BACK
    if not remaining:
        worker.desk.enter(Stage.WATCH)
    worker.desk.finish(_reason(ending, left.session.id), is_well=not remaining)
    whole = WayBack(taken_back=way_back.taken_back, put_back=way_back.put_back, left=remaining)
    return Finished(ending=ending, way_back=whole, backup=backup.folder)


def _draft(record: Record, place: Place) -> tuple[Case, Draft]:
    if missing := [name for name in record.secret_inputs if name not in place.values]:
        raise UnplannableError(f"secret inputs are not kept: give {', '.join(missing)} again with --input")
    try:
        guide = parse_causes(record.slug, record.path, record.guide)
    except InvalidGuideError as error:
        raise RecordError("the guide that was kept cannot be read") from error
    [cause] = [each for each in guide.causes if each.id == record.cause]
    values = {**{name: place.values[name] for name in record.secret_inputs}, **record.values}
    there = Place(folder=Path(record.folder), values=values, environment=place.environment)
    return Case(guide=guide, place=there, hits=frozenset(record.hits)), draft_repair(guide, cause, values)


def _reversed(step: DraftStep) -> DraftStep:
    """Return the way back from a step as a step of its own; its way back is the step."""
    return DraftStep(
        name=f"undo {step.name}",
        action=step.undo.action,
        undo=Undo(id=step.name, action=step.action, line=step.undo.line),
        effect=step.effect,
        touched=step.touched,
        lines=step.undo_lines,
        undo_lines=step.lines,
        backup=step.backup,
    )


def _compared(backup: Backup) -> Outcome:
    if others := [kept.path for kept in differing(backup)]:
        return Outcome(state=State.FAIL, detail=f"not as it was: {', '.join(others)}")
    return Outcome(state=State.OK, detail="all that was copied is as it was")
