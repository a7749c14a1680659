"""What a guide can know of a case: facts, signatures, and its own conditions, by name.

A signature that was not hit is a plain no; a fact that nobody collected is unknown. What a guide's probe answered is
a fact like any other, known to that guide alone where its name is written ``GUIDE/NAME``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from sickbay.diagnosis.circumstances import signatures_count
from sickbay.diagnosis.wording import filled_in, shown
from sickbay.facts.model import Facts
from sickbay.facts.vocabulary import VOCABULARY
from sickbay.guides.conditions import Value, evaluate, names
from sickbay.guides.model import FactCondition, Guide, Signature, Strength


@dataclass(frozen=True, kw_only=True)
class SignatureHit:
    """A guide's signature found in a text."""

    guide: str
    signature: str
    source: str
    line: int
    column: int
    text: str
    captures: Mapping[str, str]


class Kind(StrEnum):
    """What a name in a condition stands for."""

    SIGNATURE = "signature"
    CONDITION = "condition"
    PROBED = "probed"
    """A fact that only a guide's own look can learn."""
    PLAIN = "plain"
    """A fact that is collected with the case."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A case as one guide sees it. ``hits`` are those that count as symptoms."""

    guide: Guide
    facts: Facts
    hits: tuple[SignatureHit, ...]

    @cached_property
    def values(self) -> Mapping[str, Value]:
        """Everything that is known, by name."""
        known: dict[str, Value] = dict(_facts_for(self.guide.slug, self.facts))
        known.update(dict.fromkeys(self.signatures, False))
        known.update({hit.signature: True for hit in self.hits})
        for name, condition in self.guide.conditions.items():
            answer = evaluate(condition, known)
            if answer is not None:
                known[name] = answer
        return known

    @cached_property
    def signatures(self) -> Mapping[str, Signature]:
        """The guide's signatures by id."""
        return {signature.id: signature for signature in self.guide.front.signatures}

    @cached_property
    def conditions(self) -> Mapping[str, FactCondition]:
        """The guide's conditions over facts by id."""
        return {condition.id: condition for condition in self.guide.front.facts}

    @property
    def may_speak(self) -> bool:
        """Whether anything can speak for one of its causes: else none of them needs a look."""
        return bool(self.hits or self.conditions or any("/" in name for name in self.facts.values))

    def kind(self, name: str) -> Kind:
        """Return what a name stands for."""
        if name in self.signatures:
            return Kind.SIGNATURE
        if name in self.conditions:
            return Kind.CONDITION
        return Kind.PLAIN if name in VOCABULARY else Kind.PROBED

    def strength(self, name: str) -> Strength:
        """Return how telling a name is. What a probe measured is strong; of a plain fact the guide does not say."""
        match self.kind(name):
            case Kind.SIGNATURE:
                return self.signatures[name].strength
            case Kind.CONDITION:
                return self.conditions[name].strength
            case Kind.PROBED:
                return "strong"
            case Kind.PLAIN:
                return "medium"

    def facts_behind(self, name: str) -> frozenset[str]:
        """Return the facts that a condition speaks of; a fact is its own."""
        return names(self.guide.conditions[name]) if name in self.guide.conditions else frozenset({name})

    def says(self, name: str) -> str:
        """Return a condition or a fact that is known as a sentence."""
        if name in self.conditions:
            return filled_in(self.conditions[name].says, {}, self.facts)
        return f"{name} = {shown(self.values[name])}"


def known_of(guides: Iterable[Guide], facts: Facts, hits: Iterable[SignatureHit]) -> list[Known]:
    """Return the case as each guide sees it that has anything to see."""
    by_guide: dict[str, list[SignatureHit]] = {}
    for hit in hits:
        by_guide.setdefault(hit.guide, []).append(hit)
    seen = (
        Known(guide=guide, facts=facts, hits=tuple(_counted(guide, facts, by_guide.get(guide.slug, ()))))
        for guide in guides
    )
    return [known for known in seen if known.may_speak]


def probed_name(guide: str, name: str) -> str:
    """Return what a fact is called that a guide's own probe learned."""
    return f"{guide}/{name}"


def _counted(guide: Guide, facts: Facts, hits: Iterable[SignatureHit]) -> Iterator[SignatureHit]:
    return (hit for hit in hits if signatures_count(guide, hit.signature, facts, hit.text))


def _facts_for(guide: str, facts: Facts) -> Iterator[tuple[str, Value]]:
    own = probed_name(guide, "")
    for fact in facts.values.values():
        if "/" not in fact.name:
            yield fact.name, fact.value
        elif fact.name.startswith(own):
            yield fact.name.removeprefix(own), fact.value
