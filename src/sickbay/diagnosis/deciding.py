"""The cheapest look that would decide between causes.

Each look of the guides that compete is tried in thought: for every answer that it may give, the causes are ranked
again. One decides where an answer puts a cause clearly ahead, or leaves none, and another answer does otherwise. The
machine parts of a guide are read for this alone, because reading them takes longer than a whole diagnosis.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sickbay.diagnosis.competition import Ranking, rank
from sickbay.diagnosis.known import SignatureHit, probed_name
from sickbay.diagnosis.verdict import NextProbe, ProbeAnswer
from sickbay.diagnosis.wording import shown
from sickbay.facts.model import Fact, Facts
from sickbay.guides.conditions import (
    All,
    Any,
    Compare,
    Condition,
    Literal,
    Member,
    Name,
    Not,
    Operand,
    Value,
    names,
)
from sickbay.guides.fences import InvalidGuideError
from sickbay.guides.model import Guide

if TYPE_CHECKING:
    from sickbay.guides.parts import Probe, ProbeFact


@dataclass(frozen=True, kw_only=True)
class _Case:
    """What is undecided, and between which guides."""

    ranking: Ranking
    facts: Facts
    hits: Sequence[SignatureHit]
    guides: tuple[Guide, ...]

    def with_fact(self, fact: Fact) -> Ranking:
        """Return the ranking if that were known, too."""
        return rank(self.facts.merged([fact]), self.hits, self.guides)

    def is_decided_by(self, ranking: Ranking) -> bool:
        """Whether one of several causes is left, or none, or a single faint one has become sure."""
        if not ranking.named:
            return True
        return not ranking.undecided if self.ranking.undecided else ranking.is_conclusive


@dataclass(frozen=True, kw_only=True)
class _Tried:
    guide: Guide
    probe: Probe
    answers: tuple[ProbeAnswer, ...]

    @property
    def decides(self) -> bool:
        """Whether it tells causes apart."""
        return any(answer.decides for answer in self.answers) and len({each.cause for each in self.answers}) > 1

    @property
    def cost(self) -> tuple[bool, float, str, int]:
        """Looks that decide whatever they answer come first, then the quickest."""
        undecided = not all(answer.decides for answer in self.answers)
        return undecided, self.probe.timeout, self.guide.slug, self.probe.line


def cheapest_probe(
    ranking: Ranking, facts: Facts, hits: Sequence[SignatureHit], guides: Iterable[Guide]
) -> NextProbe | None:
    """Return the look that decides at the least cost, ``None`` where no guide that competes has one."""
    competing = competing_guides(ranking, guides)
    case = _Case(ranking=ranking, facts=facts, hits=hits, guides=competing)
    tried = [
        _Tried(guide=guide, probe=probe, answers=tuple(_answers(guide, probe, case)))
        for guide in competing
        for probe in probes_of(guide)
    ]
    best = min((each for each in tried if each.decides), key=lambda each: each.cost, default=None)
    return None if best is None else _next(best)


def competing_guides(ranking: Ranking, guides: Iterable[Guide]) -> tuple[Guide, ...]:
    """Return the guides whose causes are named, or wait for a look with more than a weak sign."""
    contenders = [
        *ranking.named,
        *(each for each in ranking.open if each.candidate.hits and not each.candidate.is_weak),
    ]
    slugs = {each.candidate.known.guide.slug for each in contenders}
    return tuple(guide for guide in guides if guide.slug in slugs)


def _next(tried: _Tried) -> NextProbe:
    return NextProbe(
        guide=tried.guide.slug,
        probe=tried.probe.id,
        command=_command(tried.guide, tried.probe),
        seconds=tried.probe.timeout,
        answers=tried.answers,
    )


def probes_of(guide: Guide) -> tuple[Probe, ...]:
    """Return a guide's looks. One whose body cannot be read has none: that is the linter's business."""
    try:
        return guide.parts.probes
    except InvalidGuideError:
        return ()


def _answers(guide: Guide, probe: Probe, case: _Case) -> Iterator[ProbeAnswer]:
    for fact in probe.facts:
        name = probed_name(guide.slug, fact.name)
        if name in case.facts.values or fact.name in case.facts.values:
            continue
        for value in _possible(guide, fact):
            ranking = case.with_fact(Fact(name=name, value=value, source=f"probe {probe.id}"))
            yield ProbeAnswer(
                says=f"{fact.name} = {shown(value)}",
                cause=ranking.named[0].candidate.cause.id if ranking.named else "",
                decides=case.is_decided_by(ranking),
            )


def _possible(guide: Guide, fact: ProbeFact) -> tuple[Value, ...]:
    """Return the answers that make a difference: yes and no, or the values that conditions compare with."""
    conditions = [*guide.conditions.values(), *(cause.condition for cause in guide.causes)]
    if not any(fact.name in names(condition) for condition in conditions):
        return ()
    if not fact.value:
        return True, False
    found = {value for condition in conditions for value in _compared_with(condition, fact.name)}
    return tuple(sorted(found, key=lambda value: (isinstance(value, str), value)))


def _compared_with(condition: Condition, name: str) -> Iterator[Value]:
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from _compared_with(part, name)
        case Not(inner):
            yield from _compared_with(inner, name)
        case Member(Name(named), values) if named == name:
            yield from values
        case Compare(Name(named), _, other) | Compare(other, _, Name(named)) if named == name:
            yield from _around(other)
        case _:
            return


def _around(operand: Operand) -> Iterator[Value]:
    match operand:
        case Literal(bool() | str() as value):
            yield value
        case Literal(int() | float() as value):
            yield from (value - 1, value, value + 1)
        case _:
            return


def _command(guide: Guide, probe: Probe) -> str:
    """Return the line that a person can type; empty for a look that is a function."""
    from sickbay.guides.commands import InputError, filled_in  # noqa: PLC0415  (only a tie needs it)

    if not isinstance(probe.action, tuple):
        return ""
    command = probe.action[0]
    if any(guide.front.inputs[name].secret for name in command.inputs if name in guide.front.inputs):
        return command.source
    try:
        return shlex.join(filled_in(command, guide.front.inputs, {}))
    except InputError:
        return command.source
