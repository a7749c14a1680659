"""Why each cause is named or not, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sickbay.diagnosis.competition import Contender, Ranking
from sickbay.diagnosis.known import Kind, Known, SignatureHit
from sickbay.diagnosis.verdict import Certainty, Check, Standing, Weighing
from sickbay.diagnosis.weighing import Candidate, Piece
from sickbay.safety.outcome import State

#: Characters of a line that a sentence shows.
_LONGEST = 100


def checks_of(ranking: Ranking) -> tuple[Check, ...]:
    """Return every cause that something spoke for: those that are named first, then what became of the others."""
    return tuple(_checks(ranking))


def _checks(ranking: Ranking) -> Iterator[Check]:
    for number, contender in enumerate(ranking.named):
        yield _check(contender, _state(contender, number, ranking), Standing.NAMED, _named(contender, number, ranking))
    for contender in ranking.explained:
        why = f"it follows from {contender.explained_by}"
        state = State.FAIL if ranking.is_conclusive else State.INCONCLUSIVE
        yield _check(contender, state, Standing.EXPLAINED, why)
    for contender in ranking.set_aside:
        why = "it says little beside another cause, or where nothing went wrong"
        yield _check(contender, State.INCONCLUSIVE, Standing.SET_ASIDE, why)
    for contender in ranking.ruled_out:
        yield _check(contender, State.OK, Standing.RULED_OUT, _refuted(contender.candidate))
    for contender in ranking.open:
        yield _check(contender, State.NOT_MEASURED, Standing.OPEN, _waits(contender.candidate))


def _check(contender: Contender, state: State, standing: Standing, why: str) -> Check:
    candidate = contender.candidate
    return Check(
        cause=candidate.cause.id,
        guide=candidate.known.guide.slug,
        state=state,
        standing=standing,
        why=why,
        weighing=_told(contender.weighing, candidate),
    )


def _told(weighing: Weighing, candidate: Candidate) -> Weighing:
    speaking = tuple(_piece(piece, candidate) for piece in candidate.speaking)
    opposing = tuple(f"{_weight(piece)}: {_opposition(piece, candidate.known)}" for piece in candidate.opposing)
    return replace(weighing, speaking=speaking, opposing=opposing)


def _state(contender: Contender, number: int, ranking: Ranking) -> State:
    if contender.candidate.holds is None:
        return State.NOT_MEASURED
    return State.FAIL if number == 0 and ranking.is_conclusive else State.INCONCLUSIVE


def _named(contender: Contender, number: int, ranking: Ranking) -> str:
    if number < ranking.undecided:
        others = [each.candidate.cause.id for each in ranking.named[: ranking.undecided] if each.key != contender.key]
        return f"nothing decides between it and {', '.join(others)}"
    if contender.candidate.holds is None:
        return _waits(contender.candidate)
    if number > 0:
        return _less(contender.weighing, ranking.named[0].weighing)
    if ranking.certainty(contender) is Certainty.POSSIBLE:
        return "it is the best there is, and what speaks for it is weak"
    return "nothing else explains it" if ranking.margin is None else f"it is ahead by {100 * ranking.margin:.0f} %"


def _less(weighing: Weighing, best: Weighing) -> str:
    """Say what another cause has before this one."""
    reasons = []
    if weighing.coverage < best.coverage:
        reasons.append("it explains less")
    if best.came_first and not weighing.came_first:
        reasons.append("a symptom that it does not explain came before it")
    if weighing.weight < best.weight:
        reasons.append("what speaks for it weighs less")
    if weighing.against > best.against:
        reasons.append("more speaks against it")
    return ", and ".join(reasons)


def _waits(candidate: Candidate) -> str:
    return f"it depends on what is not known: {', '.join(sorted(candidate.unknown))}"


def _refuted(candidate: Candidate) -> str:
    """Return what rules a cause out."""
    return "; ".join(_opposition(piece, candidate.known) for piece in candidate.opposing)


def _piece(piece: Piece, candidate: Candidate) -> str:
    if piece.kind is not Kind.SIGNATURE:
        told = candidate.known.says(piece.name)
    else:
        told = _line(_hits(candidate.known, piece.name))
    return f"{_weight(piece)}: {told}"


def _weight(piece: Piece) -> str:
    return f"{piece.strength} {piece.weight:g}"


def _opposition(piece: Piece, known: Known) -> str:
    """Say how it is, where a cause would have it otherwise."""
    match piece.kind:
        case Kind.SIGNATURE if known.values[piece.name]:
            return _line(_hits(known, piece.name))
        case Kind.SIGNATURE:
            return f"there is no line like: {_short(known.signatures[piece.name].example)}"
        case Kind.CONDITION if known.values[piece.name]:
            return known.says(piece.name)
        case Kind.CONDITION:
            facts = ", ".join(
                known.says(fact) for fact in sorted(known.facts_behind(piece.name)) if fact in known.values
            )
            return f"{facts}, so not: {known.says(piece.name)}"
        case _:
            return known.says(piece.name)


def _hits(known: Known, signature: str) -> list[SignatureHit]:
    return [hit for hit in known.hits if hit.signature == signature]


def _line(hits: Iterable[SignatureHit]) -> str:
    first, *more = hits
    times = f" (and {len(more)} more)" if more else ""
    return f"{first.source}:{first.line} {_short(first.text)}{times}"


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
