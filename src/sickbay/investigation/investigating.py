"""Asking with all looks of a guide, and deciding which of its causes holds."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sickbay.guides.answers import meets, read_facts
from sickbay.guides.commands import InputError
from sickbay.guides.conditions import Answer, Value, evaluate
from sickbay.guides.model import Cause, Guide
from sickbay.investigation.looking import Looked, look
from sickbay.investigation.place import Place


class Result(StrEnum):
    """What an investigation found."""

    NOT_THIS = "not this"
    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, kw_only=True)
class Investigation:
    """What a guide's looks brought: facts by name (``None`` could not be asked), looks by probe, causes that hold."""

    facts: Mapping[str, Value | None]
    looks: Mapping[str, Looked]
    causes: tuple[str, ...]
    result: Result


@dataclass(frozen=True, kw_only=True)
class Proved:
    """Whether a verification held. ``holds`` is ``None`` where it could not be asked."""

    verification: str
    holds: bool | None
    looked: Looked


def investigate(
    guide: Guide,
    place: Place,
    *,
    hits: Iterable[str] = (),
    known: Mapping[str, Value] | None = None,
    seconds_left: float,
) -> Investigation:
    """Run every look of a guide and decide. ``hits`` are the ids of signatures that were hit, ``known`` other facts."""
    deadline = time.monotonic() + seconds_left
    facts: dict[str, Value | None] = {}
    looks: dict[str, Looked] = {}
    for probe in guide.parts.probes:
        looked = look(guide, probe, place, seconds_left=deadline - time.monotonic())
        looks[probe.id] = looked
        unasked: dict[str, Value | None] = {fact.name: None for fact in probe.facts}
        facts |= unasked if looked.answer is None else read_facts(probe, looked.answer)
    causes, result = decide(guide, known_values(guide, hits, {**(known or {}), **facts}))
    return Investigation(facts=facts, looks=looks, causes=causes, result=result)


def known_values(guide: Guide, hits: Iterable[str], facts: Mapping[str, Value | None]) -> dict[str, Value]:
    """Return facts, signatures, and conditions by name. A signature that was not hit is a plain no."""
    known: dict[str, Value] = {name: value for name, value in facts.items() if value is not None}
    known.update({signature.id: False for signature in guide.front.signatures})
    known.update(dict.fromkeys(hits, True))
    for name, condition in guide.conditions.items():
        answer = evaluate(condition, known)
        if answer is not None:
            known[name] = answer
    return known


def decide(guide: Guide, known: Mapping[str, Value]) -> tuple[tuple[str, ...], Result]:
    """Return the causes that hold, without those that another one explains, and what that means. Pure."""
    answers: dict[str, Answer] = {cause.id: evaluate(cause.condition, known) for cause in guide.causes}
    holding = _standing([cause for cause in guide.causes if answers[cause.id] is True])
    if holding:
        return holding, Result.MATCHED if len(holding) == 1 else Result.AMBIGUOUS
    return (), Result.INCONCLUSIVE if None in answers.values() else Result.NOT_THIS


def proved(guide: Guide, place: Place, *, seconds_left: float) -> tuple[Proved, ...]:
    """Run every verification of a guide."""
    deadline = time.monotonic() + seconds_left
    found = []
    for verify in guide.parts.verifications:
        looked = look(guide, verify, place, seconds_left=deadline - time.monotonic())
        holds: bool | None = None
        if looked.answer is not None and verify.expect is not None:
            try:
                holds = meets(verify.expect, looked.answer, guide.front.inputs, place.values)
            except InputError:
                holds = None
        found.append(Proved(verification=verify.id, holds=holds, looked=looked))
    return tuple(found)


def _standing(holding: list[Cause]) -> tuple[str, ...]:
    """Leave out what another one explains, and fallbacks beside anything else."""
    explained = {name for cause in holding for name in cause.explains if name != cause.id}
    standing = [cause for cause in holding if cause.id not in explained] or holding
    named = [cause for cause in standing if not cause.fallback] or standing
    return tuple(cause.id for cause in named)
