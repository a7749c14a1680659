"""How sure a verdict is: from what speaks for it, what speaks against it, and how far it is ahead."""

from __future__ import annotations

from collections.abc import Sequence

from sickbay.diagnosis.known import Kind
from sickbay.diagnosis.verdict import Certainty
from sickbay.diagnosis.weighing import STRENGTHS, Candidate

#: By which part of its score the first cause must be ahead of the next one.
MARGIN = 0.1


def certainty_of(candidate: Candidate) -> Certainty:
    """Return how sure a cause is by itself. Whatever contradicts it makes it less sure."""
    strong = STRENGTHS["strong"]
    lines = [piece.base for piece in candidate.speaking if piece.kind is Kind.SIGNATURE]
    measured = [piece.base for piece in candidate.speaking if piece.kind is not Kind.SIGNATURE]
    doubt = max((piece.base for piece in candidate.opposing), default=0.0)
    if candidate.holds is None or doubt >= strong:
        return Certainty.POSSIBLE
    if max(measured, default=0.0) >= strong or (max(lines, default=0.0) >= strong and measured):
        return Certainty.LIKELY if doubt else Certainty.CONFIRMED
    if max(lines, default=0.0) >= strong or sum(lines) + sum(measured) >= strong:
        return Certainty.POSSIBLE if doubt else Certainty.LIKELY
    return Certainty.POSSIBLE


def margin_of(scores: Sequence[float]) -> float | None:
    """Return by which part of its score the first one is ahead of the second; ``None`` where there is no second."""
    return round((scores[0] - scores[1]) / scores[0], 3) if len(scores) > 1 else None


def tied(scores: Sequence[float]) -> int:
    """Return how many of the first ones are too close together to be told apart; 0 where the first is clearly ahead."""
    if not scores:
        return 0
    close = sum(score > scores[0] * (1 - MARGIN) for score in scores)
    return close if close > 1 else 0
