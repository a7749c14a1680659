"""The repair of a cause: what its guide says, with inputs filled in, judged, and made a plan to approve. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from sickbay.guides import command_dangers as dangers
from sickbay.guides.command_reading import why_not_read_only
from sickbay.guides.commands import InputError, filled_in, input_value
from sickbay.guides.model import Cause, Guide
from sickbay.guides.parts import Action, FunctionCall, Step, Undo
from sickbay.repair.command_lines import as_one, shown_arguments, shown_lines
from sickbay.repair.touching import Touched, touched, touched_by_function
from sickbay.safety.effects import Effect, Reach, Resource, Target
from sickbay.safety.plan import InvalidPlanError, Plan, PlanStep

_COMPARING = "cmp"


class UnplannableError(InvalidPlanError):
    """The guide has no repair for this cause that this program may carry out."""


@dataclass(frozen=True, kw_only=True)
class DraftStep:
    """One step, judged. ``lines`` and ``undo_lines`` are what a person reads, with secret inputs masked."""

    name: str
    action: Action
    undo: Undo
    effect: Effect
    touched: Touched
    lines: tuple[str, ...]
    undo_lines: tuple[str, ...]
    backup: str = ""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The repair of one cause, before the place was asked what depends on it and what can be backed up."""

    guide: Guide
    cause: Cause
    steps: tuple[DraftStep, ...]
    verification: tuple[str, ...]

    @property
    def effect(self) -> Effect:
        """The gravest effect of a step."""
        return max(step.effect for step in self.steps)

    @property
    def reach(self) -> Reach:
        """How far the widest step reaches."""
        return max(step.touched.reach for step in self.steps)

    @property
    def resources(self) -> frozenset[Resource]:
        """The kinds of things that are touched."""
        return frozenset(step.touched.resource for step in self.steps)

    @property
    def named_paths(self) -> tuple[str, ...]:
        """The paths that the guide has copied before: without these copies nothing begins."""
        return tuple(dict.fromkeys(step.backup for step in self.steps if step.backup))

    @property
    def written_paths(self) -> tuple[str, ...]:
        """The further paths that commands are seen to write."""
        written = (path for step in self.steps for path in step.touched.paths)
        return tuple(dict.fromkeys(path for path in written if path not in self.named_paths))


def draft_repair(guide: Guide, cause: Cause, values: Mapping[str, str]) -> Draft:
    """Return what a guide does against a cause. Raises :class:`UnplannableError` with what is in the way."""
    if not cause.repair:
        why = f": {cause.escalate}" if cause.escalate else ""
        raise UnplannableError(f"{cause.id} has no repair that a program does{why}")
    if not guide.parts.verifications or any(each.expect is None for each in guide.parts.verifications):
        raise UnplannableError(f"{guide.slug} does not say how a repair is verified")
    known = {step.id: step for step in guide.parts.steps}
    try:
        steps = tuple(_draft_step(guide, _known_step(known, name, cause), values) for name in cause.repair)
        lines = [shown_lines(guide, verify.action, values) for verify in guide.parts.verifications]
    except InputError as error:
        raise UnplannableError(f"{error}; give it with --input NAME=VALUE") from error
    return Draft(guide=guide, cause=cause, steps=steps, verification=tuple(as_one(each) for each in lines))


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a plan says of where it is carried out, and from which text (``source``) it was made.

    ``impact`` is ``None`` where it could not be found out.
    """

    target: Target
    folder: str
    source: str
    backup: str
    impact: tuple[str, ...] | None
    tried: str = ""


def make_plan(draft: Draft, setting: Setting) -> Plan:
    """Return the plan that a person approves."""
    steps = tuple(
        PlanStep(
            action=step.name,
            verb=step.touched.verb,
            resource=step.touched.resource,
            effect=step.effect,
            undo=as_one(step.undo_lines),
            reach=step.touched.reach,
            arguments=step.lines,
        )
        for step in draft.steps
    )
    return Plan(
        cause=draft.cause.id,
        target=setting.target,
        steps=steps,
        backup=setting.backup,
        impact=setting.impact,
        folder=setting.folder,
        guide=setting.source,
        verification=draft.verification,
        tried=setting.tried,
    )


def is_reading(arguments: Sequence[str]) -> bool:
    """Say whether a command of a step only looks: where it fails, nothing was changed."""
    return not why_not_read_only(arguments)


def _known_step(known: Mapping[str, Step], name: str, cause: Cause) -> Step:
    if name not in known:
        raise UnplannableError(f"{cause.id} names the step {name}, which the guide does not have")
    return known[name]


def _draft_step(guide: Guide, step: Step, values: Mapping[str, str]) -> DraftStep:
    effect = Effect[step.effect.upper()]
    if effect is Effect.DESTRUCTIVE:
        raise UnplannableError(f"the step {step.id} cannot be undone ({step.why}): a person does it")
    if step.undo is None:
        raise UnplannableError(f"the step {step.id} does not say how it is taken back")
    commands, undo = _arguments(guide, step.action, values), _arguments(guide, step.undo.action, values)
    for why in (*_dangers(commands), *_undo_dangers(undo)):
        raise UnplannableError(f"the step {step.id} is not carried out: {why}")
    return DraftStep(
        name=step.id,
        action=step.action,
        undo=step.undo,
        effect=effect,
        touched=_touched(guide, step.action, values, effect),
        lines=shown_lines(guide, step.action, values),
        undo_lines=shown_lines(guide, step.undo.action, values),
        backup=_backup(guide, step.backup, values),
    )


def _touched(guide: Guide, action: Action, values: Mapping[str, str], effect: Effect) -> Touched:
    if isinstance(action, FunctionCall):
        return touched_by_function(effect, action.function, shown_arguments(guide, action, values))
    return touched(effect, _arguments(guide, action, values) or ())


def _arguments(guide: Guide, action: Action, values: Mapping[str, str]) -> list[list[str]] | None:
    """Return the argument lists, ``None`` for a function."""
    if isinstance(action, FunctionCall):
        return None
    return [filled_in(command, guide.front.inputs, values) for command in action]


def _dangers(commands: Sequence[Sequence[str]] | None) -> Iterator[str]:
    """Say what no step may do, judged with the values filled in."""
    for words in commands or ():
        if dangers.is_deleting(words):
            yield f"{words[0]} deletes for good"
        yield from _common_dangers(words)


def _undo_dangers(commands: Sequence[Sequence[str]] | None) -> Iterator[str]:
    """Say what no way back may do. It removes nothing but a copy that was compared just before."""
    before: Sequence[str] = ()
    for words in commands or ():
        own_copy = words[0] == "rm" and len(words) == 2 and before[:1] == [_COMPARING] and before[-1] == words[-1]
        if dangers.is_deleting(words) and not own_copy:
            yield f"on its way back {words[0]} deletes for good"
        yield from _common_dangers(words)
        before = words


def _common_dangers(words: Sequence[str]) -> Iterator[str]:
    if code := dangers.why_code(words):
        yield f"{code} is handed a program, and there is no shell"
    if asking := dangers.why_asking(words):
        yield f"{asking}, and nobody is there to answer"
    if dangers.is_endless(words):
        yield f"{words[0]} would never end"


def _backup(guide: Guide, named: str, values: Mapping[str, str]) -> str:
    """Return the path that a step names for its backup, its input filled in."""
    path = input_value(named[1:], guide.front.inputs, values) if named.startswith("$") else named
    if ".." in PurePath(path).parts:
        raise UnplannableError(f"the backup of {path} would leave its folder")
    return path
