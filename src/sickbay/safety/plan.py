"""A plan of changes: exactly what a person approves, and its digest. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from sickbay.safety.actions import why_never
from sickbay.safety.chain import digest_of
from sickbay.safety.effects import Effect, Environment, Reach, Resource, Target, Verb


class InvalidPlanError(ValueError):
    """This is no plan, or one that may never be carried out."""


@dataclass(frozen=True, kw_only=True)
class PlanStep:
    """One action with its arguments. ``undo`` says in words how it is taken back."""

    action: str
    verb: Verb
    resource: Resource
    effect: Effect
    undo: str
    reach: Reach = Reach.ONE_OBJECT
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Ordered steps against one cause on one target.

    ``impact`` names what depends on what the steps touch: running jobs, sessions of users. An empty one says that this
    was looked for and nothing depends on it; ``None`` that nobody looked. ``backup`` says what is kept before.
    ``folder`` is where the steps act, ``guide`` whose steps they are with the digest of its text, ``verification`` what
    must fail before them and hold after, ``tried`` where the same plan was tried before, or why it was not.
    """

    cause: str
    target: Target
    steps: tuple[PlanStep, ...]
    backup: str
    impact: tuple[str, ...] | None = None
    folder: str = ""
    guide: str = ""
    verification: tuple[str, ...] = ()
    tried: str = ""

    def digest(self) -> str:
        """Return the digest of everything that the plan says."""
        return digest_of(plan_document(self))

    def recipe(self) -> str:
        """Return the digest of what is the same wherever the plan is carried out: its cause, steps, and proof."""
        document = plan_document(self)
        return digest_of({name: document[name] for name in ("cause", "guide", "steps", "verification")})


class _Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    action: str
    verb: Verb
    resource: Resource
    effect: str
    undo: str
    reach: str = Reach.ONE_OBJECT.name.lower()
    arguments: tuple[str, ...] = ()


class _Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    environment: Environment


class _Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan as a document: enumerations by their names."""

    cause: str
    target: _Target
    steps: tuple[_Step, ...]
    backup: str
    impact: tuple[str, ...] | None = None
    folder: str = ""
    guide: str = ""
    verification: tuple[str, ...] = ()
    tried: str = ""


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain data, as it is stored and as its file is written."""
    raw: dict[str, Any] = msgspec.to_builtins(plan)
    steps = [
        {**each, "effect": step.effect.name.lower(), "reach": step.reach.name.lower()}
        for each, step in zip(raw["steps"], plan.steps, strict=True)
    ]
    impact = None if plan.impact is None else list(plan.impact)
    return {**raw, "steps": steps, "impact": impact, "verification": list(plan.verification)}


def plan_of(document: Mapping[str, Any]) -> Plan:
    """Read a plan from its document. Raises :class:`InvalidPlanError`; unknown keys are refused."""
    try:
        read = msgspec.convert(document, _Plan)
        steps = tuple(
            PlanStep(
                action=step.action,
                verb=step.verb,
                resource=step.resource,
                effect=Effect[step.effect.upper()],
                undo=step.undo,
                reach=Reach[step.reach.upper()],
                arguments=step.arguments,
            )
            for step in read.steps
        )
    except msgspec.ValidationError as error:
        raise InvalidPlanError(f"this is no plan: {error}") from error
    except KeyError as error:
        raise InvalidPlanError(f"this is no plan: there is no effect or reach {error}") from error
    target = Target(name=read.target.name, environment=read.target.environment)
    return Plan(
        cause=read.cause,
        target=target,
        steps=steps,
        backup=read.backup,
        impact=read.impact,
        folder=read.folder,
        guide=read.guide,
        verification=read.verification,
        tried=read.tried,
    )


def check_plan(plan: Plan, target: Target) -> None:
    """Refuse what may never be carried out on this target. Raises :class:`InvalidPlanError`."""
    if plan.target != target:
        raise InvalidPlanError(
            f"the plan is for {plan.target.name} ({plan.target.environment}), "
            f"the session for {target.name} ({target.environment})"
        )
    if not plan.steps:
        raise InvalidPlanError("the plan has no steps")
    for step in plan.steps:
        if why := why_never(step.verb, step.resource, step.effect, frozenset({target.environment})):
            raise InvalidPlanError(f"{step.action}: {why}")
        if step.effect > Effect.OBSERVE and not step.undo.strip():
            raise InvalidPlanError(f"{step.action}: it does not say how it is taken back")
    if not plan.backup.strip():
        raise InvalidPlanError("the plan does not say what is backed up before")
    if plan.impact is None:
        raise InvalidPlanError("the plan does not say what depends on what it touches")
