"""The repairs that there are, the mildest first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sickbay.guides.commands import Command
from sickbay.guides.model import Cause, Guide
from sickbay.guides.parts import Action, FunctionCall
from sickbay.repair.touching import Touched, touched, touched_by_function
from sickbay.safety.effects import Effect, Reach


@dataclass(frozen=True, kw_only=True)
class Outline:
    """One repair, before anything is known of where it would act. ``inputs`` have no default: they must be given."""

    guide: Guide
    cause: Cause
    effect: Effect
    reach: Reach
    inputs: tuple[str, ...]


def list_repairs(guides: Iterable[Guide]) -> list[Outline]:
    """Return the repair of every cause that has one, by effect, then by reach, then by how many steps it has."""
    found = [_outline(guide, cause) for guide in guides for cause in guide.causes if _can_be_done(guide, cause)]
    return sorted(found, key=lambda each: (each.effect, each.reach, len(each.cause.repair), each.cause.id))


def may_touch_engine(guide: Guide) -> bool:
    """Say whether a step of this guide may act on an engine or what runs in it."""
    asking = {"docker", "podman", "systemctl", "service"}
    steps = [step.action for step in guide.parts.steps]
    return any(
        not isinstance(action, FunctionCall) and any(asking & set(words) for words in _texts(action))
        for action in steps
    )


def _can_be_done(guide: Guide, cause: Cause) -> bool:
    steps = {step.id: step for step in guide.parts.steps} if cause.repair else {}
    return bool(cause.repair) and all(
        name in steps and steps[name].effect != "destructive" and steps[name].undo for name in cause.repair
    )


def _outline(guide: Guide, cause: Cause) -> Outline:
    steps = [step for step in guide.parts.steps if step.id in cause.repair]
    judged = [(Effect[step.effect.upper()], step) for step in steps]
    needed = {name for step in steps for name in inputs_of(step.action)}
    return Outline(
        guide=guide,
        cause=cause,
        effect=max(effect for effect, _ in judged),
        reach=max(_touched(effect, step.action).reach for effect, step in judged),
        inputs=tuple(sorted(name for name in needed if guide.front.inputs[name].default is None)),
    )


def inputs_of(action: Action) -> frozenset[str]:
    """Return the inputs that an action names."""
    if isinstance(action, FunctionCall):
        return action.inputs
    return frozenset(name for command in action for name in command.inputs)


def _touched(effect: Effect, action: Action) -> Touched:
    if isinstance(action, FunctionCall):
        arguments = {name: str(value) for name, value in action.arguments.items()}
        return touched_by_function(effect, action.function, arguments)
    return touched(effect, _texts(action))


def _texts(action: tuple[Command, ...]) -> list[Sequence[str]]:
    return [[f"{word.text}${word.input}" if word.input else word.text for word in command.words] for command in action]
