"""What speaks for a cause, what speaks against it, and what that weighs.

The strongest piece counts whole and each further one a quarter: a second witness helps, ten do not make a weak one
strong. A line is one witness, however many signatures know it, and so is a signature, however many lines it was found
in. A fact counts more than a program's line, for the platform or the kernel says it, and what a probe measured most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sickbay.diagnosis.contradiction import agreeing, measured_against, opposing, speaking, unknown, waiting
from sickbay.diagnosis.known import Kind, Known, SignatureHit
from sickbay.guides.conditions import Condition, Value, evaluate, supports
from sickbay.guides.model import Cause, Strength

STRENGTHS: Mapping[Strength, float] = {"strong": 8.0, "medium": 4.0, "weak": 1.0}

#: By how much more a piece counts that is no line of a text.
_KINDS: Mapping[Kind, float] = {Kind.SIGNATURE: 1.0, Kind.CONDITION: 1.25, Kind.PLAIN: 1.25, Kind.PROBED: 1.5}

#: What every further piece adds, as a part of its weight.
_FURTHER = 0.25

#: What a piece that speaks against a cause takes away, as a part of its weight.
_AGAINST = 0.5


Key = tuple[str, str]
"""A cause and its guide."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One thing that speaks for a cause, or against it."""

    name: str
    kind: Kind
    strength: Strength

    @property
    def base(self) -> float:
        """What its strength alone weighs."""
        return STRENGTHS[self.strength]

    @property
    def weight(self) -> float:
        """What it weighs."""
        return self.base * _KINDS[self.kind]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A cause for which something speaks.

    ``holds`` is ``False`` for one that was refuted, and ``None`` for one that depends on ``unknown`` facts.
    ``speaking`` and ``opposing`` are the pieces, the strongest first; ``hits`` are all lines that speak for it.
    """

    known: Known
    cause: Cause
    holds: bool | None
    speaking: tuple[Piece, ...]
    opposing: tuple[Piece, ...]
    unknown: frozenset[str]
    hits: tuple[SignatureHit, ...]

    @property
    def key(self) -> Key:
        """Which it is, also between two of one name."""
        return self.cause.id, self.known.guide.slug

    @property
    def weight(self) -> float:
        """What speaks for it."""
        return _together(self.speaking)

    @property
    def is_strong(self) -> bool:
        """Whether anything strong speaks for it."""
        return self.speaking[0].strength == "strong"

    @property
    def has_strong_line(self) -> bool:
        """Whether a strong signature speaks for it, and not only the circumstances."""
        return any(piece.kind is Kind.SIGNATURE and piece.strength == "strong" for piece in self.speaking)

    @property
    def is_weak(self) -> bool:
        """Whether all that speaks for it is weak."""
        return self.speaking[0].strength == "weak"

    @property
    def against(self) -> float:
        """What speaks against it."""
        return _AGAINST * _together(self.opposing)

    @property
    def explains(self) -> frozenset[str]:
        """The causes that follow from it."""
        return (self.cause.explains | frozenset(self.known.guide.front.explains)) - {self.cause.id}

    @property
    def strongest_hits(self) -> tuple[SignatureHit, ...]:
        """Where the most telling of its lines stand."""
        most = max((self._telling(hit) for hit in self.hits), default=0.0)
        return tuple(hit for hit in self.hits if self._telling(hit) == most)

    def _telling(self, hit: SignatureHit) -> float:
        return STRENGTHS[self.known.strength(hit.signature)]


def candidates_of(known: Known) -> list[Candidate]:
    """Return the causes of a guide for which something speaks."""
    found = [_candidate(known, cause) for cause in known.guide.causes]
    return [candidate for candidate in found if candidate is not None]


def _candidate(known: Known, cause: Cause) -> Candidate | None:
    holds, for_it = _stand(cause.condition, known.values)
    hits = tuple(hit for hit in known.hits if hit.signature in for_it)
    pieces = _pieces(known, _witnesses(known, hits) | {name for name in for_it if _is_telling(known, name)})
    if not pieces:
        return None
    return Candidate(
        known=known,
        cause=cause,
        holds=holds,
        speaking=pieces,
        opposing=_pieces(known, _against(known, cause, holds=holds)),
        unknown=_unknown(known, cause) if holds is None else frozenset(),
        hits=hits,
    )


def _stand(condition: Condition, values: Mapping[str, Value]) -> tuple[bool | None, frozenset[str]]:
    """Return whether a condition holds, and the names that speak for that.

    Where the unknown could not help anything that speaks, it does not hold.
    """
    if evaluate(condition, values):
        return True, supports(condition, values)
    if waits := waiting(condition, values):
        return None, waits
    return False, speaking(condition, values)


def _unknown(known: Known, cause: Cause) -> frozenset[str]:
    """Return the facts that nobody collected and that the cause depends on."""
    missing = unknown(cause.condition, known.values)
    facts = frozenset[str]().union(*(known.facts_behind(name) for name in missing))
    return frozenset(name for name in facts if name not in known.values)


def _is_telling(known: Known, name: str) -> bool:
    """Say whether a name is evidence beside lines. A plain fact is none: a guide says under ``facts`` how it counts."""
    return known.kind(name) in {Kind.CONDITION, Kind.PROBED}


def _against(known: Known, cause: Cause, *, holds: bool | None) -> frozenset[str]:
    """Return what contradicts.

    Where the cause holds, or may, in another way, a line that is not there says nothing, nor what that way agrees with.
    """
    refuting = opposing(cause.condition, known.values)
    if holds is False:
        return refuting
    measured = measured_against(
        cause.condition, known.values, lambda name: name in known.values and known.kind(name) is Kind.PROBED
    )
    telling = frozenset(name for name in refuting if known.values.get(name) or not _is_signature(known, name))
    return (telling | measured) - agreeing(cause.condition, known.values)


def _is_signature(known: Known, name: str) -> bool:
    return known.kind(name) is Kind.SIGNATURE


def _witnesses(known: Known, hits: Sequence[SignatureHit]) -> set[str]:
    """Return the signatures that count: of those that know one line the strongest, of equals the rarest."""
    times = Counter(hit.signature for hit in hits)
    best: dict[tuple[str, int], tuple[float, int, str]] = {}
    for hit in hits:
        told = (-STRENGTHS[known.strength(hit.signature)], times[hit.signature], hit.signature)
        place = hit.source, hit.line
        best[place] = min(best.get(place, told), told)
    return {signature for _, _, signature in best.values()}


def _pieces(known: Known, names: Iterable[str]) -> tuple[Piece, ...]:
    pieces = [Piece(name=name, kind=known.kind(name), strength=known.strength(name)) for name in names]
    return tuple(sorted(pieces, key=lambda piece: (-piece.base, -piece.weight, piece.name)))


def _together(pieces: Iterable[Piece]) -> float:
    weights = sorted((piece.weight for piece in pieces), reverse=True)
    return weights[0] + _FURTHER * sum(weights[1:]) if weights else 0.0
