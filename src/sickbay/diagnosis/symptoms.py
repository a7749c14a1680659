"""The trouble as it shows: what is to be explained, how much of it a cause explains, and what came first.

A symptom is a line that a strong signature knows, or a strong condition over facts that holds. What the same signatures
say many times is one symptom. Where nothing is strong, the next weaker ones are taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sickbay.diagnosis.contradiction import asked_for
from sickbay.diagnosis.known import Known
from sickbay.diagnosis.weighing import STRENGTHS, Candidate
from sickbay.facts.model import Facts
from sickbay.guides.model import Strength

Place = tuple[int, int]
"""A text's number, and the line in it."""


@dataclass(frozen=True, kw_only=True)
class Symptom:
    """What is to be explained: any of ``marks`` does it. ``place`` is where it first shows, ``None`` for a fact."""

    marks: frozenset[str]
    place: Place | None


@dataclass(frozen=True, kw_only=True)
class Explained:
    """How much of the symptoms a cause explains, from 0 to 1, and whether nothing that it leaves over came before."""

    coverage: float
    came_first: bool


class Symptoms:
    """All symptoms of a case."""

    def __init__(self, case: Sequence[Known], facts: Facts) -> None:
        self._order = {text.name: number for number, text in enumerate(facts.texts)}
        self._all = next(filter(None, (self._found(case, strength) for strength in STRENGTHS)), ())
        self._marks_of: dict[str, frozenset[str]] = {}
        self._explains: dict[str, frozenset[str]] = {}
        for known in case:
            for cause in known.guide.causes:
                marks = _marks(known, asked_for(cause.condition))
                self._marks_of[cause.id] = self._marks_of.get(cause.id, frozenset()) | marks
                self._explains[cause.id] = cause.explains | frozenset(known.guide.front.explains)

    def place(self, source: str, line: int) -> Place:
        """Return where a line stands, to be compared."""
        return self._order.get(source, len(self._order)), line

    def first_place(self, candidate: Candidate) -> Place:
        """Return where the most telling line of a cause first stands. Facts alone stand before every line."""
        return min((self.place(hit.source, hit.line) for hit in candidate.strongest_hits), default=(-1, 0))

    def explained_by(self, candidate: Candidate) -> Explained:
        """Return how a cause fares, with what it says to explain as its doing, unless that says so of this one."""
        marks = _marks(candidate.known, (piece.name for piece in candidate.speaking))
        marks |= {f"{hit.guide}/{hit.signature}" for hit in candidate.hits}
        for name in candidate.explains:
            if candidate.cause.id not in self._explains.get(name, frozenset()):
                marks |= self._marks_of.get(name, frozenset())
        left_over = [symptom for symptom in self._all if not symptom.marks & marks]
        first = self.first_place(candidate)
        return Explained(
            coverage=1 - len(left_over) / len(self._all) if self._all else 1.0,
            came_first=all(symptom.place is None or symptom.place >= first for symptom in left_over),
        )

    def _found(self, case: Iterable[Known], strength: Strength) -> tuple[Symptom, ...]:
        known_by: dict[Place, set[str]] = {}
        telling: dict[Place, set[str]] = {}
        facts: set[frozenset[str]] = set()
        for known in case:
            for hit in known.hits:
                place, mark = self.place(hit.source, hit.line), f"{hit.guide}/{hit.signature}"
                known_by.setdefault(place, set()).add(mark)
                if known.strength(hit.signature) == strength:
                    telling.setdefault(place, set()).add(mark)
            for name, condition in known.conditions.items():
                if condition.strength == strength and known.values.get(name) is True:
                    facts.add(known.facts_behind(name))
        return (*_each_once(telling, known_by), *(Symptom(marks=marks, place=None) for marks in facts))


def _each_once(telling: Mapping[Place, set[str]], known_by: Mapping[Place, set[str]]) -> Iterable[Symptom]:
    """Yield a symptom for each set of telling signatures, with all that know any of its lines."""
    places: dict[frozenset[str], list[Place]] = {}
    for place in sorted(telling):
        places.setdefault(frozenset(telling[place]), []).append(place)
    for same in places.values():
        yield Symptom(marks=frozenset[str]().union(*(known_by[place] for place in same)), place=same[0])


def _marks(known: Known, names: Iterable[str]) -> frozenset[str]:
    """Return what a cause of this guide explains by these names: signatures by guide, facts by themselves."""
    return frozenset[str]().union(
        *({f"{known.guide.slug}/{name}"} if name in known.signatures else known.facts_behind(name) for name in names)
    )
