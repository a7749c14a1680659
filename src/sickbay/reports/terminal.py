"""The report for a person at a terminal: readable at 80 columns, and without colors."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from sickbay.diagnosis.verdict import UNKNOWN, Certainty, Diagnosis, Evidence, Looked, Verdict

_STYLES = {
    Certainty.CONFIRMED: "bold red",
    Certainty.LIKELY: "bold red",
    Certainty.POSSIBLE: "bold yellow",
    Certainty.UNKNOWN: "bold magenta",
}

#: Other candidates that are named, and things looked at that are listed.
_MOST_OTHERS = 5
_MOST_LOOKED_AT = 20

#: Characters of an evidence line that are shown.
_LONGEST_LINE = 400


def print_diagnosis(diagnosis: Diagnosis, console: Console, *, show_looked_at: bool = False) -> None:
    """Print a diagnosis whose secrets are hidden already (see ``json_report.report_of``).

    With ``show_looked_at`` a healthy one also lists what was looked at; an unknown one always does.
    """
    console.print(rendered(diagnosis, show_looked_at=show_looked_at))


def rendered(diagnosis: Diagnosis, *, show_looked_at: bool = False) -> RenderableType:
    """Return a diagnosis as something Rich can print."""
    best = diagnosis.best
    if best is None:
        healthy = Text("Nothing is wrong, as far as can be seen.", style="green")
        return Group(healthy, *(_looked_at(diagnosis) if show_looked_at else ()))
    parts = list(_unknown(best, diagnosis) if best.cause == UNKNOWN else _verdict(best))
    if others := diagnosis.verdicts[1:]:
        parts += [Text(), Text("Less likely:"), *(_other(verdict) for verdict in others[:_MOST_OTHERS])]
    return Group(*parts)


def _verdict(verdict: Verdict) -> Iterator[RenderableType]:
    yield Text(_printable(verdict.title), style=_STYLES[verdict.certainty])
    yield Text.assemble((f"{verdict.certainty}", "italic"), f" · {verdict.cause}", style="dim")
    if verdict.evidence:
        yield Text()
        yield Text("Evidence", style="bold")
        yield from (_evidence(evidence) for evidence in verdict.evidence)
    yield Text()
    yield Text("What helps", style="bold")
    yield _indented(verdict.repair)
    if verdict.guide:
        yield Text()
        yield Text.assemble("More: ", (f"sickbay guide show {verdict.guide}", "cyan"))


def _unknown(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[RenderableType]:
    yield Text(_printable(verdict.title), style=_STYLES[Certainty.UNKNOWN])
    yield from _looked_at(diagnosis)
    yield Text()
    yield Text("What helps", style="bold")
    yield _indented(verdict.repair)


def _looked_at(diagnosis: Diagnosis) -> Iterator[RenderableType]:
    yield Text()
    yield Text("Looked at", style="bold")
    yield from (_looked(looked) for looked in diagnosis.looked_at[:_MOST_LOOKED_AT])
    if not diagnosis.looked_at:
        yield _indented("nothing")


def _evidence(evidence: Evidence) -> RenderableType:
    place = evidence.source if evidence.line is None else f"{evidence.source}:{evidence.line}"
    text = evidence.text.strip()
    shown = text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]} …"
    return Padding(Text.assemble((place, "cyan"), "  ", _printable(shown)), (0, 0, 0, 2))


def _other(verdict: Verdict) -> RenderableType:
    return _indented(f"{verdict.title} ({verdict.certainty} · {verdict.cause})")


def _looked(looked: Looked) -> RenderableType:
    return _indented(f"{looked.source}: {_printable(looked.detail)}")


def _indented(text: str) -> RenderableType:
    return Padding(Text(_printable(text)), (0, 0, 0, 2))


def _printable(text: str) -> str:
    """Return the text without characters that would act on a terminal: what is shown was written by others."""
    return "".join(character if character.isprintable() or character == "\n" else "\ufffd" for character in text)
