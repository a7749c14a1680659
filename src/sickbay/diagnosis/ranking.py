"""From facts, hits, and guides to ranked verdicts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sickbay.diagnosis.circumstances import is_trouble
from sickbay.diagnosis.competition import Contender, Ranking, rank
from sickbay.diagnosis.deciding import cheapest_probe
from sickbay.diagnosis.known import SignatureHit
from sickbay.diagnosis.reasoning import checks_of
from sickbay.diagnosis.verdict import UNKNOWN, Certainty, Diagnosis, Evidence, Looked, Verdict
from sickbay.diagnosis.weighing import STRENGTHS, Candidate
from sickbay.diagnosis.wording import filled_in, shown
from sickbay.facts.model import Facts
from sickbay.guides.model import Guide

__all__ = ["MOST_EVIDENCE", "MOST_LAST_LINES", "SignatureHit", "diagnose"]

#: Lines shown for one verdict.
MOST_EVIDENCE = 5

#: Lines shown of the end of each text where no guide fits.
MOST_LAST_LINES = 5


def diagnose(facts: Facts, hits: Sequence[SignatureHit], guides: Iterable[Guide]) -> Diagnosis:
    """Rank the causes that explain a case.

    Answers with no verdict for a case in which nothing is wrong, and with :data:`UNKNOWN` for one in which something
    is, but no guide fits. Where nothing decides between causes, all of them are named, and the look that would decide.
    """
    guides = tuple(guides)
    ranking = rank(facts, hits, guides)
    verdicts = tuple(_verdict(contender, ranking, facts) for contender in ranking.named)
    is_unknown = not verdicts and is_trouble(facts)
    is_open = is_unknown or (bool(verdicts) and not ranking.is_conclusive)
    return Diagnosis(
        verdicts=(_unknown(facts),) if is_unknown else verdicts,
        looked_at=_looked_at(facts, last_lines=MOST_LAST_LINES if is_unknown else 0),
        margin=ranking.margin,
        undecided=tuple(contender.candidate.cause.id for contender in ranking.named[: ranking.undecided]),
        checks=checks_of(ranking),
        next_probe=cheapest_probe(ranking, facts, hits, guides) if is_open else None,
        not_measured=""
        if facts.values or any(text.line_count for text in facts.texts)
        else "there was nothing to read",
    )


def _verdict(contender: Contender, ranking: Ranking, facts: Facts) -> Verdict:
    candidate = contender.candidate
    cause, guide = candidate.cause, candidate.known.guide
    captures = {name: value for hit in reversed(candidate.hits) for name, value in hit.captures.items()}
    return Verdict(
        cause=cause.id,
        certainty=ranking.certainty(contender),
        title=filled_in(cause.title, captures, facts),
        repair=filled_in(cause.advice, captures, facts),
        evidence=_evidence(candidate, facts),
        guide=guide.slug,
        class_=guide.front.class_,
    )


def _evidence(candidate: Candidate, facts: Facts) -> tuple[Evidence, ...]:
    """Return what speaks for a cause: facts first, then the lines, the most telling and the not yet told before others.

    A line stands once, with the column of its strongest signature.
    """
    order = {text.name: number for number, text in enumerate(facts.texts)}
    told: dict[str, int] = {}
    ranked: list[tuple[tuple[float, int, int, int], SignatureHit]] = []
    for hit in sorted(candidate.hits, key=lambda hit: (order.get(hit.source, len(order)), hit.line, hit.column)):
        times = told[hit.signature] = told.get(hit.signature, -1) + 1
        strength = STRENGTHS[candidate.known.strength(hit.signature)]
        ranked.append(((-strength, times, order.get(hit.source, len(order)), hit.line), hit))
    lines: dict[tuple[str, int], Evidence] = {}
    for _, hit in sorted(ranked, key=lambda each: each[0]):
        shown_line = Evidence(source=hit.source, line=hit.line, text=hit.text, column=hit.column)
        lines.setdefault((hit.source, hit.line), shown_line)
    return (*_tests_explained(candidate, facts), *_told_by_facts(candidate), *lines.values())[:MOST_EVIDENCE]


def _tests_explained(candidate: Candidate, facts: Facts) -> Iterable[Evidence]:
    """Yield for a test run, of which each failed case is a text, how many of them a cause explains."""
    if failed := facts.value("tests_failed"):
        explained = len({hit.source for hit in candidate.hits})
        read = f" ({len(facts.texts)} of them were read)" if len(facts.texts) != failed else ""
        cases = "the test case" if failed == 1 else f"{failed} test cases"
        yield Evidence(source="tests", line=None, text=f"it explains {explained} of {cases} that failed{read}")


def _told_by_facts(candidate: Candidate) -> Iterable[Evidence]:
    known = candidate.known
    spoken = (piece for piece in candidate.speaking if piece.name not in known.signatures)
    return (Evidence(source="facts", line=None, text=known.says(piece.name)) for piece in spoken)


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
