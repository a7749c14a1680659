"""How a diagnosis came about, as paragraphs of plain text: what would decide, what was ruled out, and why at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sickbay.diagnosis.competition import LATER
from sickbay.diagnosis.verdict import Check, Diagnosis, NextProbe, ProbeAnswer, Standing, Weighing

#: Causes that are told to be ruled out, where not all reasons are asked for.
_MOST_RULED_OUT = 3

_WORDS = {
    Standing.NAMED: "named",
    Standing.EXPLAINED: "follows from another",
    Standing.SET_ASIDE: "set aside",
    Standing.RULED_OUT: "ruled out",
    Standing.OPEN: "open",
}


@dataclass(frozen=True)
class Paragraph:
    """A text, and how deep it is indented."""

    text: str
    depth: int = 1


def percent(share: float) -> str:
    """Return a share of 1 as ``63 %``."""
    return f"{100 * share:.0f} %"


def how_sure(diagnosis: Diagnosis) -> str:
    """Return the first verdict's certainty, with how far it is ahead; or that nothing decides."""
    if diagnosis.undecided:
        return f"inconclusive: nothing decides between {len(diagnosis.undecided)} causes"
    certainty = "" if diagnosis.best is None else str(diagnosis.best.certainty)
    ahead = "" if diagnosis.margin is None else f", ahead of the next cause by {percent(diagnosis.margin)}"
    return f"{certainty}{ahead}"


def ruled_out(diagnosis: Diagnosis) -> list[Check]:
    """Return the causes worth telling that they are ruled out: more than a weak sign had spoken for them."""
    telling = [check for check in diagnosis.ruled_out if check.weighing is None or check.weighing.weight > 2]
    return telling[:_MOST_RULED_OUT]


def probe_paragraphs(probe: NextProbe) -> Iterator[Paragraph]:
    """Yield a look and what each answer would mean."""
    if probe.command:
        yield Paragraph(probe.command)
    yield Paragraph(look_of(probe), 2 if probe.command else 1)
    for answer in probe.answers:
        yield Paragraph(f"{answer.says}: {meaning_of(answer)}", 2)


def look_of(probe: NextProbe) -> str:
    """Return where a look stands and how long it takes."""
    return f"The look `{probe.probe}` of the guide `{probe.guide}`, within {probe.seconds:g} s."


def meaning_of(answer: ProbeAnswer) -> str:
    """Return what an answer means: a cause, none, or one that is first and still not sure."""
    cause = answer.cause or "none of them"
    return cause if answer.decides else f"still open, {cause} first"


def why_paragraphs(diagnosis: Diagnosis) -> Iterator[Paragraph]:
    """Yield every cause that something spoke for: its state, what became of it, and what was weighed."""
    for check in diagnosis.checks:
        yield Paragraph(f"{check.state.upper()}  {check.cause} ({_WORDS[check.standing]}): {check.why}")
        if check.weighing is not None:
            yield from _weighed(check.weighing)
    if not diagnosis.checks:
        yield Paragraph("No guide's signature or condition was met.")


def _weighed(weighing: Weighing) -> Iterator[Paragraph]:
    yield Paragraph(f"score {weighing.score:g} = {_formula(weighing)}", 2)
    yield from (Paragraph(f"+ {text}", 2) for text in weighing.speaking)
    yield from (Paragraph(f"- {text}", 2) for text in weighing.opposing)


def _formula(weighing: Weighing) -> str:
    """Return how the score was made: ``8 (weight) * 0.75 (explains 50 %)``."""
    told = f"{weighing.weight:g} (weight) * {(1 + weighing.coverage) / 2:.3g} (explains {percent(weighing.coverage)})"
    if not weighing.came_first:
        told += f" * {LATER:g} (came later)"
    return f"{told} - {weighing.against:g} (contradicted)" if weighing.against else told
