"""From facts, hits, and guides to ranked verdicts. Pure.

A cause stands when its condition holds over the guide's signatures that were hit and the facts that are known. Its
score is the weight of what speaks for it: the strongest piece whole, the others in part. A cause suppresses what it
explains, and one that is marked as a fallback stands only alone. Among equals the one that was seen first wins, for
what is seen later often follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sickbay.diagnosis.circumstances import signatures_count
from sickbay.diagnosis.verdict import UNKNOWN, Certainty, Diagnosis, Evidence, Looked, Verdict
from sickbay.diagnosis.wording import filled_in, shown
from sickbay.facts.model import Facts
from sickbay.guides.conditions import Value, evaluate, supports
from sickbay.guides.model import Cause, Guide, Strength

_WEIGHTS: Mapping[Strength, float] = {"strong": 8.0, "medium": 4.0, "weak": 1.0}

#: What every further piece of evidence adds, as a part of its weight.
_FURTHER = 0.25

#: Lines shown for one verdict.
MOST_EVIDENCE = 5

#: Lines shown of the end of each text where no guide fits.
MOST_LAST_LINES = 5


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


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    guide: Guide
    cause: Cause
    score: float
    first_line: tuple[int, int]
    certainty: Certainty
    evidence: tuple[Evidence, ...]
    captures: Mapping[str, str]


def diagnose(facts: Facts, hits: Sequence[SignatureHit], guides: Iterable[Guide]) -> Diagnosis:
    """Rank the causes that explain a case.

    Answers with no verdict for a case in which nothing is wrong, and with :data:`UNKNOWN` for one in which something
    is, but no guide fits.
    """
    by_guide: dict[str, list[SignatureHit]] = {}
    for hit in hits:
        by_guide.setdefault(hit.guide, []).append(hit)
    candidates = [
        candidate
        for guide in guides
        for cause in guide.causes
        if (candidate := _weigh(guide, cause, facts, by_guide.get(guide.slug, []))) is not None
    ]
    standing = sorted(_unexplained(candidates), key=lambda each: (-each.score, each.first_line, each.cause.id))
    verdicts = tuple(_verdict(candidate, facts) for candidate in standing)
    if verdicts or not _is_trouble(facts):
        return Diagnosis(verdicts=verdicts, looked_at=_looked_at(facts, last_lines=0))
    return Diagnosis(verdicts=(_unknown(facts),), looked_at=_looked_at(facts, last_lines=MOST_LAST_LINES))


def _weigh(guide: Guide, cause: Cause, facts: Facts, hits: Sequence[SignatureHit]) -> _Candidate | None:
    """Return the cause with its weight, ``None`` where its condition does not hold."""
    counted = [hit for hit in hits if signatures_count(guide, hit.signature, facts, hit.text)]
    known = _known_values(guide, facts, counted)
    supporting = supports(cause.condition, known)
    speaking = [hit for hit in counted if hit.signature in supporting]
    conditions = [fact for fact in guide.front.facts if fact.id in supporting]
    if not speaking and not conditions:
        return None
    strengths = _strengths(guide)
    from_texts = {hit.signature: _WEIGHTS[strengths[hit.signature]] for hit in speaking}
    from_facts = {fact.id: _WEIGHTS[fact.strength] for fact in conditions}
    weights = sorted([*from_texts.values(), *from_facts.values()], reverse=True)
    order = {text.name: number for number, text in enumerate(facts.texts)}
    told = tuple(Evidence(source="facts", line=None, text=filled_in(fact.says, {}, facts)) for fact in conditions)
    return _Candidate(
        guide=guide,
        cause=cause,
        score=weights[0] + _FURTHER * sum(weights[1:]),
        first_line=min(((order.get(hit.source, len(order)), hit.line) for hit in speaking), default=(-1, 0)),
        certainty=_certainty(from_texts.values(), from_facts.values()),
        evidence=(told + _lines(speaking, strengths))[:MOST_EVIDENCE],
        captures={name: value for hit in reversed(speaking) for name, value in hit.captures.items()},
    )


def _known_values(guide: Guide, facts: Facts, hits: Iterable[SignatureHit]) -> dict[str, Value]:
    """Return facts, signatures, and conditions by name. A signature that was not hit is a plain no."""
    known: dict[str, Value] = {fact.name: fact.value for fact in facts.values.values()}
    known.update({signature.id: False for signature in guide.front.signatures})
    known.update({hit.signature: True for hit in hits})
    for name, condition in guide.conditions.items():
        answer = evaluate(condition, known)
        if answer is not None:
            known[name] = answer
    return known


def _strengths(guide: Guide) -> dict[str, Strength]:
    return {signature.id: signature.strength for signature in guide.front.signatures}


def _certainty(from_texts: Iterable[float], from_facts: Iterable[float]) -> Certainty:
    strong = _WEIGHTS["strong"]
    texts, measured = list(from_texts), list(from_facts)
    if max(measured, default=0) >= strong or (max(texts, default=0) >= strong and measured):
        return Certainty.CONFIRMED
    if max(texts, default=0) >= strong or sum(texts) + sum(measured) >= strong:
        return Certainty.LIKELY
    return Certainty.POSSIBLE


def _lines(hits: Sequence[SignatureHit], strengths: Mapping[str, Strength]) -> tuple[Evidence, ...]:
    """Return the lines that were hit, the most telling first, each once."""
    ordered = sorted(hits, key=lambda hit: (-_WEIGHTS[strengths[hit.signature]], hit.line))
    lines = {(hit.source, hit.line): _shown(hit) for hit in ordered}
    return tuple(lines.values())


def _shown(hit: SignatureHit) -> Evidence:
    return Evidence(source=hit.source, line=hit.line, text=hit.text, column=hit.column)


def _unexplained(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Leave out what another candidate explains, and fallbacks beside anything else."""
    explained = {
        slug
        for candidate in candidates
        for slug in candidate.cause.explains | frozenset(candidate.guide.front.explains)
        if slug != candidate.cause.id
    }
    standing = [each for each in candidates if each.cause.id not in explained] or list(candidates)
    return [each for each in standing if not each.cause.fallback] or standing


def _verdict(candidate: _Candidate, facts: Facts) -> Verdict:
    return Verdict(
        cause=candidate.cause.id,
        certainty=candidate.certainty,
        title=filled_in(candidate.cause.title, candidate.captures, facts),
        repair=filled_in(candidate.cause.advice, candidate.captures, facts),
        evidence=candidate.evidence,
        guide=candidate.guide.slug,
        class_=candidate.guide.front.class_,
    )


def _is_trouble(facts: Facts) -> bool:
    status = facts.value("job_status")
    return bool(facts.value("exit_code")) or facts.value("oom_killed") is True or status in {"failed", "timeout"}


def _unknown(facts: Facts) -> Verdict:
    texts, values = len(facts.texts), len(facts.values)
    return Verdict(
        cause=UNKNOWN,
        certainty=Certainty.UNKNOWN,
        title="Something is wrong, and no guide knows why",
        repair=(
            f"Read what was looked at ({texts} text{'' if texts == 1 else 's'}, {values} fact"
            f"{'' if values == 1 else 's'}), beginning with the last lines of the output. "
            "When you have found the cause, add a guide for it."
        ),
        evidence=(),
    )


def _looked_at(facts: Facts, *, last_lines: int) -> tuple[Looked, ...]:
    texts = [
        Looked(
            source=text.name,
            detail=f"{text.line_count} line{'' if text.line_count == 1 else 's'}",
            last_lines=tuple(
                Evidence(source=text.name, line=number, text=line) for number, line in text.last_lines(last_lines)
            ),
        )
        for text in facts.texts
    ]
    values = [Looked(source=fact.source, detail=f"{fact.name} = {shown(fact.value)}") for fact in facts.values.values()]
    return tuple(texts + values)
