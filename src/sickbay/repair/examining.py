"""Looking at a case before a repair, stage by stage, and again after it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sickbay.guides.condition_parser import parse
from sickbay.guides.conditions import Value, evaluate
from sickbay.guides.model import Cause, Guide
from sickbay.guides.parts import FunctionCall
from sickbay.investigation.investigating import Investigation, Result, investigate, known_values, proved
from sickbay.investigation.place import Place
from sickbay.redaction import Redactor
from sickbay.repair.comparing import Seen, why_nothing_to_prove
from sickbay.repair.desk import Desk
from sickbay.repair.planning import Draft
from sickbay.safety.outcome import NotMeasured, Outcome, State, not_measured
from sickbay.safety.stages import Stage
from sickbay.safety.stops import Readings


class Ending(StrEnum):
    """What came of a repair, or of looking whether there is one."""

    NOT_THIS = "not this"
    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    INCONCLUSIVE = "inconclusive"
    REPAIRED = "repaired"
    ROLLED_BACK = "not repaired, rolled back"
    TAKEN_BACK = "taken back"
    ESCALATED = "escalated"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A guide at a place. ``hits`` are the signatures that were found in a log, ``None`` where none was given."""

    guide: Guide
    place: Place
    hits: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What looking found: one ending of the first four, or ``escalated``; the cause where it matched."""

    ending: Ending
    seen: Seen
    cause: Cause | None = None
    reasons: tuple[str, ...] = ()


def examine(desk: Desk, case: Case, wanted: str, readings: Readings) -> Examined:
    """Look at everything that the guide knows to ask, in the stages where it belongs. Raises ``RefusedError``."""
    desk.enter(Stage.SYMPTOMS)
    proofs = desk.look("prove that it is well", (), lambda seconds: _proofs(case, seconds))
    desk.enter(Stage.HEALTH)
    desk.look("read the machine", (), lambda _: (readings, _machine(readings)))
    desk.enter(Stage.LOGS)
    desk.look("read the log", (), lambda _: (case.hits, _log(case)))
    desk.enter(Stage.CONFIGURATION)
    seen = desk.look("ask with the guide", (case.guide.slug,), lambda seconds: _asked(case, seconds, proofs))
    desk.enter(Stage.CONNECTIVITY)
    desk.look("check permissions", (str(case.place.folder),), lambda _: _folder(case.place))
    return concluded(case, wanted, seen)


def see(case: Case, seconds: float) -> tuple[Seen, Outcome]:
    """Run every probe and every verification once, as one look."""
    proofs, well = _proofs(case, seconds / 2)
    seen, asked = _asked(case, seconds / 2, proofs)
    return seen, asked if asked.state is State.NOT_MEASURED else well


def concluded(case: Case, wanted: str, seen: Seen) -> Examined:
    """Say what was found of the wanted cause, or of the guide's causes where the guide was named. Pure."""
    named = [cause for cause in case.guide.causes if cause.id == wanted]
    holding = [cause for cause in case.guide.causes if cause.id in seen.causes]
    chosen = [cause for cause in named or holding if cause in holding]
    if len(chosen) > 1:
        names = ", ".join(cause.id for cause in chosen)
        return Examined(ending=Ending.AMBIGUOUS, seen=seen, reasons=(f"several causes hold: name one of {names}",))
    if not chosen:
        return _nothing_found(case, named or list(case.guide.causes), holding, seen)
    reasons = tuple(_reasons_to_escalate(case, seen))
    if reasons:
        return Examined(ending=Ending.ESCALATED, seen=seen, cause=chosen[0], reasons=reasons)
    if case.guide.parts.verifications and (why := why_nothing_to_prove(seen)):
        return Examined(ending=Ending.INCONCLUSIVE, seen=seen, cause=chosen[0], reasons=(why,))
    return Examined(ending=Ending.MATCHED, seen=seen, cause=chosen[0])


def obstacles(draft: Draft, place: Place) -> tuple[str, ...]:
    """Say what would keep the steps from running: programs that are not there, a folder that is none."""
    found = [] if place.folder.is_dir() else [f"there is no folder {place.folder}"]
    actions = [action for step in draft.steps for action in (step.action, step.undo.action)]
    commands = [each for action in actions if not isinstance(action, FunctionCall) for each in action]
    programs = [command.words[0].text for command in commands]
    path = place.environment.get("PATH")
    missing = [name for name in dict.fromkeys(programs) if shutil.which(name, path=path) is None]
    return (*found, *(f"the program {name} is not there" for name in missing))


def _nothing_found(case: Case, asked: Sequence[Cause], holding: list[Cause], seen: Seen) -> Examined:
    undecided = [cause.id for cause in asked if cause.id in seen.undecided]
    others = tuple(f"{cause.id} holds instead" for cause in holding)
    if undecided:
        why = f"whether this is {' or '.join(undecided)} cannot be told from what could be asked"
        return Examined(ending=Ending.INCONCLUSIVE, seen=seen, reasons=(why, *others))
    if _misses_a_log(case, asked, seen):
        why = "it is not well, and no log was given in which the symptoms of this cause could be looked for"
        return Examined(ending=Ending.INCONCLUSIVE, seen=seen, reasons=(why, *others))
    return Examined(ending=Ending.NOT_THIS, seen=seen, reasons=others)


def _misses_a_log(case: Case, asked: Sequence[Cause], seen: Seen) -> bool:
    """Say whether a cause would hold with its symptoms in a log, and a verification fails, so that it may be it."""
    if case.hits is not None or all(seen.proofs.values()):
        return False
    all_symptoms = [signature.id for signature in case.guide.front.signatures]
    known = known_values(case.guide, all_symptoms, seen.facts)
    return any(evaluate(cause.condition, known) is True for cause in asked)


def _reasons_to_escalate(case: Case, seen: Seen) -> Iterable[str]:
    known = known_values(case.guide, case.hits or (), seen.facts)
    for each in case.guide.front.escalate:
        if each.when and evaluate(parse(" ".join(each.when.split())), known) is True:
            yield each.says


def _proofs(case: Case, seconds: float) -> tuple[dict[str, bool | None], Outcome]:
    seconds = min(seconds, case.guide.front.limits.minutes * 60)
    found = {each.verification: each.holds for each in proved(case.guide, case.place, seconds_left=seconds)}
    if not found:
        return found, Outcome(state=State.INCONCLUSIVE, detail="the guide has no verification")
    if all(holds is None for holds in found.values()):
        return found, not_measured(NotMeasured.BROKEN, "no verification could be asked")
    if failing := [name for name, holds in found.items() if holds is not True]:
        return found, Outcome(state=State.FAIL, detail=f"not so: {', '.join(failing)}")
    return found, Outcome(state=State.OK, detail=f"all hold: {', '.join(found)}")


def _asked(case: Case, seconds: float, proofs: dict[str, bool | None]) -> tuple[Seen, Outcome]:
    seconds = min(seconds, case.guide.front.limits.minutes * 60)
    found = investigate(case.guide, case.place, hits=case.hits or (), seconds_left=seconds)
    known = known_values(case.guide, case.hits or (), found.facts)
    undecided = frozenset(cause.id for cause in case.guide.causes if evaluate(cause.condition, known) is None)
    seen = Seen(facts=_hidden(found.facts), causes=found.causes, proofs=proofs, undecided=undecided)
    return seen, _outcome_of(found)


def _hidden(facts: Mapping[str, Value | None]) -> dict[str, Value | None]:
    """Return facts without secrets: they are kept on disk."""
    redactor = Redactor()
    return {name: redactor.text(value) if isinstance(value, str) else value for name, value in facts.items()}


def _outcome_of(found: Investigation) -> Outcome:
    match found.result:
        case Result.MATCHED | Result.AMBIGUOUS:
            return Outcome(state=State.FAIL, detail=f"{found.result}: {', '.join(found.causes)}")
        case Result.NOT_THIS:
            return Outcome(state=State.OK, detail="no cause of this guide holds")
        case Result.INCONCLUSIVE:
            return Outcome(state=State.INCONCLUSIVE, detail="no cause holds, and not all can be ruled out")


def _machine(readings: Readings) -> Outcome:
    known = {
        "of a disk free": None if readings.disk_free is None else f"{readings.disk_free:.0%}",
        "% of the time waiting for memory": None
        if readings.memory_pressure is None
        else f"{readings.memory_pressure:.0f}",
        "processes a processor": None if readings.load is None else f"{readings.load:.1f}",
    }
    told = ", ".join(f"{value} {name}" for name, value in known.items() if value is not None)
    return Outcome(state=State.OK if told else State.INCONCLUSIVE, detail=told or "nothing could be read")


def _log(case: Case) -> Outcome:
    if case.hits is None:
        return Outcome(state=State.INCONCLUSIVE, detail="no log was given")
    if case.hits:
        return Outcome(state=State.FAIL, detail=f"signatures found: {', '.join(sorted(case.hits))}")
    return Outcome(state=State.OK, detail="no signature of the guide is in it")


def _folder(place: Place) -> tuple[Path, Outcome]:
    if not place.folder.is_dir():
        return place.folder, not_measured(NotMeasured.UNREACHABLE, "there is no such folder")
    if not os.access(place.folder, os.W_OK | os.X_OK):
        return place.folder, not_measured(NotMeasured.PERMISSION, "this user may not write there")
    return place.folder, Outcome(state=State.OK, detail="this user may write there")
