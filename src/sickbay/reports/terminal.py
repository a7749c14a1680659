"""The report for a person at a terminal: readable at 80 columns, and without colors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from sickbay.diagnosis.verdict import UNKNOWN, Certainty, Diagnosis, Evidence, Looked, Verdict
from sickbay.reports.characters import printable
from sickbay.reports.reasoning import Paragraph, percent, probe_paragraphs, ruled_out, why_paragraphs

_STYLES = {
    Certainty.CONFIRMED: "bold red",
    Certainty.LIKELY: "bold red",
    Certainty.POSSIBLE: "bold yellow",
    Certainty.UNKNOWN: "bold magenta",
}

#: Other candidates that are named.
_MOST_OTHERS = 5

#: Characters of a line, or of a fact, that are shown; of those, how many stand before the telling part.
_LONGEST_LINE = 300
_LEAD = 60

#: Texts that are listed where no guide fits: each failed case of a test run is one.
_MOST_TEXTS = 10

_INDENT = "  "


def print_diagnosis(diagnosis: Diagnosis, console: Console, *, show_looked_at: bool = False, why: bool = False) -> None:
    """Print a diagnosis whose secrets are hidden already (see ``json_report.report_of``).

    With ``show_looked_at`` a healthy one also lists what was looked at; an unknown one always does. ``why`` adds the
    reasoning.
    """
    console.print(rendered(diagnosis, show_looked_at=show_looked_at, why=why))


def rendered(diagnosis: Diagnosis, *, show_looked_at: bool = False, why: bool = False) -> RenderableType:
    """Return a diagnosis as something Rich can print."""
    parts = list(_answer(diagnosis, show_looked_at=show_looked_at))
    if why:
        parts += [Text(), Text("Why", style="bold"), *map(_paragraph, why_paragraphs(diagnosis))]
    return Group(*parts)


def _answer(diagnosis: Diagnosis, *, show_looked_at: bool) -> Iterator[RenderableType]:
    best = diagnosis.best
    if best is None:
        yield _healthy(diagnosis)
        yield from _looked_at(diagnosis) if show_looked_at else ()
        return
    if diagnosis.undecided:
        yield from _undecided(diagnosis)
    elif best.cause == UNKNOWN:
        yield from _unknown(best, diagnosis)
    else:
        yield from _verdict(best)
    yield from _what_would_decide(diagnosis)
    yield from _others(diagnosis)
    yield from _ruled_out(diagnosis)


def _healthy(diagnosis: Diagnosis) -> Text:
    if diagnosis.not_measured:
        return Text(f"Not measured: {printable(diagnosis.not_measured)}.", style="yellow")
    return Text("Nothing is wrong, as far as can be seen.", style="green")


def _undecided(diagnosis: Diagnosis) -> Iterator[RenderableType]:
    """Yield the causes between which nothing decides, all alike."""
    number = len(diagnosis.undecided)
    yield Text(f"Inconclusive: {number} causes explain it as well as each other", style="bold yellow")
    for verdict in diagnosis.verdicts[:number]:
        yield Text()
        yield from _verdict(verdict)


def _what_would_decide(diagnosis: Diagnosis) -> Iterator[RenderableType]:
    if diagnosis.next_probe is not None:
        yield Text()
        yield Text("What would decide", style="bold")
        yield from map(_paragraph, probe_paragraphs(diagnosis.next_probe))


def _others(diagnosis: Diagnosis) -> Iterator[RenderableType]:
    others = diagnosis.verdicts[len(diagnosis.undecided) or 1 :]
    if not others:
        return
    by = f", by {percent(diagnosis.margin)}" if diagnosis.margin is not None and not diagnosis.undecided else ""
    yield Text()
    yield Text(f"Less likely{by}:")
    yield from (_other(verdict) for verdict in others[:_MOST_OTHERS])
    if len(others) > _MOST_OTHERS:
        yield indented(f"and {len(others) - _MOST_OTHERS} more (--format json lists them all)")


def _ruled_out(diagnosis: Diagnosis) -> Iterator[RenderableType]:
    if checks := ruled_out(diagnosis):
        yield Text()
        yield Text("Ruled out:")
        yield from (indented(f"{check.cause}: {_cut(check.why)}") for check in checks)


def _paragraph(paragraph: Paragraph) -> RenderableType:
    return indented(paragraph.text, depth=paragraph.depth)


def _verdict(verdict: Verdict) -> Iterator[RenderableType]:
    yield Text(printable(verdict.title), style=_STYLES[verdict.certainty])
    yield Text.assemble((f"{verdict.certainty}", "italic"), f" · {verdict.cause}", style="dim")
    if verdict.evidence:
        yield Text()
        yield Text("Evidence", style="bold")
        yield from (placed_evidence(evidence) for evidence in verdict.evidence)
    yield Text()
    yield Text("What helps", style="bold")
    yield indented(verdict.repair)
    if verdict.guide:
        yield Text()
        yield Text.assemble("More: ", (f"sickbay guide show {verdict.guide}", "cyan"))


def _unknown(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[RenderableType]:
    yield Text(printable(verdict.title), style=_STYLES[Certainty.UNKNOWN])
    yield from _looked_at(diagnosis)
    yield Text()
    yield Text("What helps", style="bold")
    yield indented(verdict.repair)


def _looked_at(diagnosis: Diagnosis) -> Iterator[RenderableType]:
    """Yield each text with its last lines, and the facts of one source in one paragraph."""
    yield Text()
    yield Text("Looked at", style="bold")
    facts: dict[str, list[str]] = {}
    texts: list[Looked] = []
    for looked in diagnosis.looked_at:
        if " = " in looked.detail:
            facts.setdefault(looked.source, []).append(_cut(looked.detail))
        else:
            texts.append(looked)
    for text in texts[:_MOST_TEXTS]:
        yield from _text(text)
    if len(texts) > _MOST_TEXTS:
        yield indented(f"and {len(texts) - _MOST_TEXTS} more texts (--format json lists them all)")
    for source, values in facts.items():
        yield _placed(source, ", ".join(values))
    if not diagnosis.looked_at:
        yield indented("nothing")


def _text(looked: Looked) -> Iterable[RenderableType]:
    last = looked.last_lines
    yield _placed(looked.source, f"{looked.detail}, the last of them:" if last else looked.detail)
    yield from (placed_evidence(line) for line in last)


def placed_evidence(evidence: Evidence) -> RenderableType:
    """Return a line of evidence behind its place, indented."""
    place = evidence.source if evidence.line is None else f"{evidence.source}:{evidence.line}"
    return _placed(place, _cut(evidence.text, evidence.column or 1))


def _cut(text: str, column: int = 1) -> str:
    """Return a line, of a long one the part around its telling column."""
    text, column = text.rstrip(), column - 1
    start = 0 if column + _LEAD <= _LONGEST_LINE else column - _LEAD
    end = start + _LONGEST_LINE
    return f"{'… ' if start else ''}{text[start:end].strip()}{' …' if end < len(text) else ''}"


def _other(verdict: Verdict) -> RenderableType:
    return indented(f"{verdict.title} ({verdict.certainty} · {verdict.cause})")


def _placed(place: str, text: str) -> RenderableType:
    return _Indented(Text.assemble((place, "cyan"), "  ", printable(text)))


def indented(text: str, *, depth: int = 1) -> RenderableType:
    """Return a paragraph, indented, in which nothing is markup and nothing acts on the terminal."""
    return _Indented(Text(printable(text)), depth)


@dataclass(frozen=True)
class _Indented:
    """A paragraph, indented and without blanks at the ends of its lines, so that it can be copied."""

    text: Text
    depth: int = 1

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        indent = _INDENT * self.depth
        for line in self.text.wrap(console, max(options.max_width - len(indent), 1)):
            line.rstrip()
            yield Text.assemble(indent, line)
