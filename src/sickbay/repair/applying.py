"""Carrying out an approved plan: backed up, step by step, proved, and taken back where it does not prove well."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from sickbay.repair.backup import Backup, back_up, check
from sickbay.repair.backup_choice import Chosen
from sickbay.repair.comparing import Judged, Seen, judge
from sickbay.repair.desk import RefusedError, SessionDesk
from sickbay.repair.doing import StepFailedError, Worker
from sickbay.repair.elsewhere import PROVED, Trial, UntriedError, require_trial
from sickbay.repair.examining import Case, Ending, concluded, see
from sickbay.repair.interrupts import Interrupts
from sickbay.repair.one_at_a_time import alone_in
from sickbay.repair.planning import Draft, DraftStep
from sickbay.repair.record import KEPT, RecordError, record_of, step_action, write_record
from sickbay.repair.standing import BackupError
from sickbay.repair.taking_back import WayBack, take_back
from sickbay.safety.approvals import ApprovalError
from sickbay.safety.audit import AuditUnavailableError
from sickbay.safety.outcome import Outcome, State
from sickbay.safety.permits import redeem
from sickbay.safety.plan import Plan
from sickbay.safety.stages import Stage

BACKUP = "backup"
"""The folder of a session with the backup."""

_OK = Outcome(state=State.OK)


class ChangedMeanwhileError(PermissionError):
    """What was approved was approved of another state than there is now."""


@dataclass(frozen=True, kw_only=True)
class Ready:
    """An approved plan, with all that carrying it out needs but the backup."""

    case: Case
    draft: Draft
    plan: Plan
    trial: Trial
    approval: str
    chosen: Chosen


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What a repair came to: the steps that were done, why it was not enough, and the way back."""

    ending: Ending
    done: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    way_back: WayBack = field(default_factory=WayBack)
    backup: Path | None = None


def carry_out(ready: Ready, desk: SessionDesk, interrupts: Interrupts) -> Finished:
    """Back up, and carry out an approved plan. The session is over when this returns, or handed to a person.

    Raises before anything is changed: ``BackupError``, ``RecordError``, ``ChangedMeanwhileError``, ``UntriedError``,
    ``ApprovalError``, ``RefusedError``, and what recording raises.
    """
    try:
        with alone_in(ready.case.place.folder):
            desk.enter(Stage.BACKUP)
            before = _seen_again(ready, desk)
            backup = make_backup(ready.chosen, desk)
            keep_record(ready, desk, backup, before)
            desk.enter(Stage.ELSEWHERE)
            desk.look("tried elsewhere", (ready.trial.says,), lambda _: (None, _trial_outcome(ready.trial)))
            desk.enter(Stage.RECORD)
            return apply_repair(ready, backup, desk, before, interrupts)
    except (ApprovalError, BackupError, RecordError, ChangedMeanwhileError, UntriedError, RefusedError) as error:
        desk.finish(f"nothing was changed: {error}", is_well=False)
        raise


def apply_repair(ready: Ready, backup: Backup, desk: SessionDesk, before: Seen, interrupts: Interrupts) -> Finished:
    """Carry out an approved plan with its backup, prove it, and take it back where it is not proved.

    Raises before anything is changed: ``BackupError`` for a backup that is damaged or not of this plan,
    ``UntriedError``, ``ApprovalError``, and what recording raises.
    """
    require_backup(backup, ready.chosen)
    require_trial(ready.plan, ready.trial)
    redeem(desk.opened, ready.plan, ready.approval, desk.here)
    return _Course(ready, backup, desk, before, interrupts).run()


def require_backup(backup: Backup, chosen: Chosen) -> None:
    """Read a backup again, and see that it holds what was chosen. Raises ``BackupError``."""
    check(backup)
    if missing := {str(path) for path in chosen.paths} - {kept.path for kept in backup.kept}:
        raise BackupError(f"the backup does not hold {', '.join(sorted(missing))}")


def make_backup(chosen: Chosen, desk: SessionDesk) -> Backup:
    """Make the backup in the session's folder. Raises ``BackupError`` and ``RefusedError``."""
    folder = desk.opened.folder / BACKUP

    def ask(_seconds: float) -> tuple[Backup, Outcome]:
        made = back_up(chosen.paths, folder)
        return made, Outcome(state=State.OK, detail=f"{len(made.kept)} paths, read again and the same")

    return desk.look("back up", tuple(str(path) for path in chosen.paths), ask)


def keep_record(ready: Ready, desk: SessionDesk, backup: Backup, before: Seen) -> None:
    """Keep what a way back needs beside the log, with the digests in the log. Raises ``RecordError``."""
    digest = write_record(record_of(ready.case, ready.draft.cause.id, before), desk.opened.folder)
    desk.look(KEPT, (backup.digest, digest), lambda _: (None, _OK))


class _Course:
    """One repair while it is carried out."""

    def __init__(self, ready: Ready, backup: Backup, desk: SessionDesk, before: Seen, interrupts: Interrupts) -> None:
        self._ready, self._backup, self._desk, self._before = ready, backup, desk, before
        self._worker = Worker(desk=desk, case=ready.case, draft=ready.draft, interrupts=interrupts)

    @property
    def _begun(self) -> list[DraftStep]:
        """The steps that changed something, or may have: the log says so, whatever happened since."""
        changed = self._desk.session.changed
        return [step for step in self._ready.draft.steps if step_action(step.name) in changed]

    def run(self) -> Finished:
        """Go through it. A record that cannot be written any more ends everything as it stands."""
        try:
            reasons = self._why_failed()
            judged = Judged(remains=reasons) if reasons else self._proved()
            return self._repaired() if judged.is_repaired else self._not_repaired(judged)
        except AuditUnavailableError as error:
            left = tuple(f"the step {step.name} stands: nothing more can be recorded" for step in self._begun)
            return self._finished(Ending.ESCALATED, (str(error),), WayBack(left=left))

    def _why_failed(self) -> tuple[str, ...]:
        """Carry out the steps; say why one failed."""
        for step in self._ready.draft.steps:
            try:
                self._worker.do(step)
            except StepFailedError as error:
                return (f"the step {step.name} failed: {error}",)
            except RefusedError as error:
                return (f"the step {step.name} was refused: {error}",)
        return ()

    def _proved(self) -> Judged:
        """Look again at everything, at the machine too, and compare."""
        cause = self._ready.draft.cause.id
        now = replace(self._ready.case, hits=None)  # a log from before says nothing of how it is

        def prove(seconds: float) -> tuple[Judged, Outcome]:
            after, _ = see(now, seconds)
            judged = judge(cause, self._before, after)
            judged = replace(judged, appeared=(*judged.appeared, *self._desk.stop_now()))
            state = State.OK if judged.is_repaired else State.FAIL
            return judged, Outcome(state=state, detail="; ".join(judged.reasons))

        try:
            self._desk.enter(Stage.VERIFY)
            return self._desk.look(PROVED, (cause,), prove)
        except RefusedError as error:
            return Judged(remains=(f"whether it is well could not be asked: {error}",))

    def _repaired(self) -> Finished:
        self._desk.enter(Stage.WATCH)
        self._desk.finish("repaired", is_well=True)
        return self._finished(Ending.REPAIRED, (), WayBack())

    def _not_repaired(self, judged: Judged) -> Finished:
        way_back = take_back(self._worker, self._begun, self._backup, self._before)
        ending = Ending.ESCALATED if way_back.left else Ending.ROLLED_BACK
        self._desk.finish(f"{ending}: {'; '.join(judged.reasons)}", is_well=False)
        return self._finished(ending, judged.reasons, way_back)

    def _finished(self, ending: Ending, reasons: tuple[str, ...], way_back: WayBack) -> Finished:
        done = tuple(step.name for step in self._begun)
        return Finished(ending=ending, done=done, reasons=reasons, way_back=way_back, backup=self._backup.folder)


def _seen_again(ready: Ready, desk: SessionDesk) -> Seen:
    """Look once more before anything is changed: a plan is approved for the state that was shown."""
    seen = desk.look("look again", (), lambda seconds: see(ready.case, seconds))
    found = concluded(ready.case, ready.draft.cause.id, seen)
    if found.ending is not Ending.MATCHED:
        raise ChangedMeanwhileError(f"it is not as it was when the plan was shown: {found.ending}")
    return seen


def _trial_outcome(trial: Trial) -> Outcome:
    return Outcome(state=State.OK if trial.is_enough else State.FAIL, detail=trial.says)
