"""Ranking by explanation: every cause for which something speaks, weighed, and what became of it.

``score = weight * (1 + coverage) / 2 * place - against``: a cause that explains half of the symptoms counts three
quarters; one before which an unexplained symptom stands counts four fifths, because what comes later is often a
consequence; what contradicts is taken off. A cause that follows from another one that stands is not named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sickbay.diagnosis.certainty import certainty_of, margin_of, tied
from sickbay.diagnosis.circumstances import is_trouble
from sickbay.diagnosis.known import SignatureHit, known_of
from sickbay.diagnosis.suppression import explanations
from sickbay.diagnosis.symptoms import Place, Symptoms
from sickbay.diagnosis.verdict import Certainty, Weighing
from sickbay.diagnosis.weighing import Candidate, Key, candidates_of
from sickbay.facts.model import Facts
from sickbay.guides.model import Guide

#: What a cause counts that begins behind a symptom which it does not explain.
LATER = 0.8


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A cause that was weighed. ``explained_by`` is the cause it follows from."""

    candidate: Candidate
    weighing: Weighing
    place: Place
    explained_by: str = ""

    @property
    def key(self) -> Key:
        """Which cause it is."""
        return self.candidate.key

    @property
    def order(self) -> tuple[float, Place, int, Key]:
        """Best first; of equals the one that was seen first, then the one whose guide knows more signs of it."""
        signs = len({hit.signature for hit in self.candidate.hits})
        return -self.weighing.score, self.place, -signs, self.key


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The causes by what became of them, each group best first.

    ``named`` hold, or, where nothing strong holds, may hold. The first ``undecided`` of them are too close together.
    """

    named: tuple[Contender, ...]
    explained: tuple[Contender, ...]
    set_aside: tuple[Contender, ...]
    ruled_out: tuple[Contender, ...]
    open: tuple[Contender, ...]
    margin: float | None
    undecided: int

    @property
    def is_conclusive(self) -> bool:
        """Whether the first cause has strength and margin."""
        return bool(self.named) and not self.undecided and self.certainty(self.named[0]) is not Certainty.POSSIBLE

    def certainty(self, contender: Contender) -> Certainty:
        """Return how sure a cause is, given the others: between two that are as good, each is only possible."""
        one_of_several = contender.key in {each.key for each in self.named[: self.undecided]}
        return Certainty.POSSIBLE if one_of_several else certainty_of(contender.candidate)


def rank(facts: Facts, hits: Iterable[SignatureHit], guides: Iterable[Guide]) -> Ranking:
    """Weigh every cause, and say what became of it. The order of the guides does not matter."""
    case = known_of(guides, facts, hits)
    symptoms = Symptoms(case, facts)
    contenders = [_contender(each, symptoms) for known in case for each in candidates_of(known)]
    standing = _standing(contenders)
    sources = explanations([each.candidate for each in standing])
    unexplained = [each for each in standing if each.key not in sources]
    aside = _set_aside(unexplained, facts)
    named = _ordered(each for each in unexplained if each.key not in aside)
    taken = {each.key for each in standing}
    rest = [each for each in contenders if each.key not in taken]
    scores = [contender.weighing.score for contender in named]
    return Ranking(
        named=named,
        explained=_ordered(
            replace(each, explained_by=sources[each.key].cause.id) for each in standing if each.key in sources
        ),
        set_aside=_ordered(each for each in unexplained if each.key in aside),
        ruled_out=_ordered(each for each in rest if each.candidate.holds is not None and each.candidate.opposing),
        open=_ordered(each for each in rest if each.candidate.holds is None),
        margin=margin_of(scores),
        undecided=tied(scores),
    )


def _standing(contenders: Iterable[Contender]) -> list[Contender]:
    """Return the causes that hold, and where none of them is strong, those that a strong line says may hold."""
    left = [each for each in contenders if each.weighing.score > 0]
    holding = [each for each in left if each.candidate.holds]
    if any(each.candidate.is_strong for each in holding):
        return holding
    return holding + [each for each in left if each.candidate.holds is None and each.candidate.has_strong_line]


def _set_aside(unexplained: Sequence[Contender], facts: Facts) -> frozenset[Key]:
    """Return the causes that say too little: weak ones where nothing went wrong, fallbacks beside others."""
    if not is_trouble(facts) and all(each.candidate.is_weak for each in unexplained):
        return frozenset(each.key for each in unexplained)
    fallbacks = frozenset(each.key for each in unexplained if each.candidate.cause.fallback)
    return fallbacks if len(fallbacks) < len(unexplained) else frozenset()


def _contender(candidate: Candidate, symptoms: Symptoms) -> Contender:
    explained = symptoms.explained_by(candidate)
    place = 1.0 if explained.came_first else LATER
    weighing = Weighing(
        score=round(max(candidate.weight * (1 + explained.coverage) / 2 * place - candidate.against, 0.0), 3),
        weight=candidate.weight,
        coverage=round(explained.coverage, 3),
        came_first=explained.came_first,
        against=candidate.against,
    )
    return Contender(candidate=candidate, weighing=weighing, place=symptoms.first_place(candidate))


def _ordered(contenders: Iterable[Contender]) -> tuple[Contender, ...]:
    return tuple(sorted(contenders, key=lambda contender: contender.order))
