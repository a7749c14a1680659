"""The way back: every step's undo in reverse, then the backup for what still is not as it was, then a look at both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sickbay.guides.answers import CommandAnswer
from sickbay.repair.backup import Backup, Kept, absolute, differing, put_back
from sickbay.repair.comparing import Seen, differences
from sickbay.repair.desk import Doing, RefusedError
from sickbay.repair.doing import StepFailedError, Worker
from sickbay.repair.examining import see
from sickbay.repair.planning import DraftStep
from sickbay.repair.record import TAKEN_BACK, step_action
from sickbay.repair.standing import BackupError
from sickbay.safety.effects import Effect
from sickbay.safety.outcome import Outcome, State

PUT_BACK = "put back the backup"
DISPLACED = "displaced"
"""The folder of a session with what stood where the backup was put back."""


@dataclass(frozen=True, kw_only=True)
class WayBack:
    """What taking back came to. ``left`` is what is not as it was, a sentence each."""

    taken_back: tuple[str, ...] = ()
    put_back: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def take_back(worker: Worker, begun: Sequence[DraftStep], backup: Backup, before: Seen) -> WayBack:
    """Take back the steps that began, in reverse. Whatever fails is said, and the rest is taken back all the same.

    Raises what recording raises: what cannot be recorded is not done.
    """
    if not begun:
        return WayBack()
    taken, failed = [], {}
    for step in reversed(begun):
        try:
            worker.take_back(step)
            worker.desk.look(TAKEN_BACK, (step.name,), lambda _: (None, Outcome(state=State.OK)))
            taken.append(step.name)
        except (StepFailedError, RefusedError) as error:
            failed[step.name] = str(error)
    restored, stuck = restore(worker, backup, takes_back=step_action(begun[-1].name))
    stands = uncompensated(begun, failed, backup, worker.case.place.folder)
    return WayBack(taken_back=tuple(taken), put_back=restored, left=(*stands, *stuck, *not_as_before(worker, before)))


def restore(worker: Worker, backup: Backup, *, takes_back: str = "") -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Put back what differs from the backup; return the paths, and what could not be put back with the reason."""
    restored, stuck = [], []
    for kept in differing(backup):
        try:
            answer = _put_back(worker, backup, kept, takes_back)
        except RefusedError as error:
            stuck.append(f"{kept.path} is not as it was: {error}")
            continue
        if answer.exit_code == 0:
            restored.append(kept.path)
        else:
            stuck.append(f"{kept.path} is not as it was: {answer.errors}")
    return tuple(restored), tuple(stuck)


def not_as_before(worker: Worker, before: Seen) -> tuple[str, ...]:
    """Look once more, and return what the guide's probes find other than before."""
    try:
        now = worker.desk.look("look again", (), lambda seconds: see(worker.case, seconds))
    except RefusedError as error:
        return (f"whether all is as it was could not be asked: {error}",)
    return differences(before, now)


def _put_back(worker: Worker, backup: Backup, kept: Kept, takes_back: str) -> CommandAnswer:
    session = worker.desk.opened.folder

    def run(_seconds: float) -> CommandAnswer:
        try:
            put_back(backup, kept, _displaced(session, Path(kept.path).name))
        except (BackupError, OSError) as error:
            return CommandAnswer(exit_code=1, errors=str(error))
        return CommandAnswer(exit_code=0)

    doing = Doing(name=PUT_BACK, arguments=(kept.path,), effect=Effect.REVERSIBLE, takes_back=takes_back)
    return worker.desk.change(doing, worker.repair, run)


def _displaced(session: Path, name: str) -> Path:
    """Return a new place for what stands where the backup is put back. Raises OSError."""
    folder = session / DISPLACED
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{len(list(folder.iterdir())) + 1}-{name}"


def uncompensated(
    steps: Iterable[DraftStep], failed: Mapping[str, str], backup: Backup, folder: Path
) -> tuple[str, ...]:
    """Return the failed steps of which not every file is as it was in the backup, each with the reason."""
    kept = {each.path for each in backup.kept} - {each.path for each in differing(backup)}
    left = []
    for step in steps:
        paths = {str(absolute(folder, name)) for name in (*step.touched.paths, step.backup) if name}
        if step.name in failed and not (paths and paths <= kept):
            left.append(f"{step.name} could not be taken back: {failed[step.name]}")
    return tuple(left)
