"""Repairs as text of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sickbay.cli import output
from sickbay.cli.exits import ExitCode
from sickbay.diagnosis.wording import filled_in
from sickbay.facts.model import Facts
from sickbay.guides.conditions import Value
from sickbay.guides.model import Guide
from sickbay.redaction import Redactor
from sickbay.repair.applying import Finished
from sickbay.repair.examining import Ending, Examined
from sickbay.repair.listing import Outline
from sickbay.repair.preparing import Offer, Prepared
from sickbay.safety.cleaning import printable

_WIDTH = 80
_LABEL = 13

_CODES: Mapping[Ending, ExitCode] = {
    Ending.NOT_THIS: ExitCode.HEALTHY,
    Ending.MATCHED: ExitCode.PROBLEMS,
    Ending.AMBIGUOUS: ExitCode.PROBLEMS,
    Ending.INCONCLUSIVE: ExitCode.NOT_MEASURED,
    Ending.REPAIRED: ExitCode.HEALTHY,
    Ending.TAKEN_BACK: ExitCode.HEALTHY,
    Ending.ROLLED_BACK: ExitCode.PROBLEMS,
    Ending.ESCALATED: ExitCode.PROBLEMS,
}

_TOLD: Mapping[Ending, str] = {
    Ending.NOT_THIS: "This is not the cause: nothing to repair.",
    Ending.MATCHED: "The cause holds.",
    Ending.AMBIGUOUS: "More than one cause holds.",
    Ending.INCONCLUSIVE: "Whether this is the cause cannot be told.",
    Ending.REPAIRED: "Repaired: the symptom is gone, and nothing new appeared.",
    Ending.ROLLED_BACK: "Not repaired. All is as it was before.",
    Ending.TAKEN_BACK: "Taken back. All is as it was before the repair.",
    Ending.ESCALATED: "A person must take over.",
}

Row = tuple[str, Sequence[str]]


def exit_code_of(ending: Ending) -> ExitCode:
    """Return what an ending means for the shell."""
    return _CODES[ending]


def print_prepared(prepared: Prepared, guide: Guide, redactor: Redactor, *, with_plan: bool = True) -> None:
    """Print what was found, and the plan where there is one."""
    rows = [*_found(prepared.examined, guide)]
    if prepared.offer is not None and with_plan:
        rows += _offered(prepared.offer, prepared.examined)
    _print(rows, redactor)


def print_offer(offer: Offer, redactor: Redactor) -> None:
    """Print a plan of which nothing is left to find out."""
    _print(list(_offered(offer, None)), redactor)


def print_finished(finished: Finished, session: str, redactor: Redactor, *, guard: str = "") -> None:
    """Print what a repair came to, and the command that checks from now on, where there is one."""
    way_back = finished.way_back
    rows: list[Row] = [("result", [_TOLD[finished.ending]])]
    rows += _given("done", [", ".join(finished.done)] if finished.done else [])
    rows += _given("because", finished.reasons)
    rows += _given("taken back", [", ".join(way_back.taken_back)] if way_back.taken_back else [])
    rows += _given("put back", way_back.put_back)
    rows += _given("left", way_back.left)
    rows += _given("backup", [str(finished.backup)] if finished.backup else [])
    rows.append(("session", [f"{session} (sickbay session show {session})"]))
    rows += _given("guard", [f"{guard} (for your CI: it fails when this comes back)"] if guard else [])
    _print(rows, redactor)


def print_list(outlines: Sequence[Outline]) -> None:
    """Print the causes that have a repair, the mildest repair first."""
    console = output.console()
    if not outlines:
        console.print("No guide here has a repair.")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("Cause", "Effect", "Reach", "Steps", "Inputs to give"):
        table.add_column(name, no_wrap=name != "Inputs to give", justify="right" if name == "Steps" else "left")
    for each in outlines:
        reach = each.reach.name.lower().replace("_", " ")
        inputs = ", ".join(each.inputs)
        table.add_row(each.cause.id, each.effect.name.lower(), reach, str(len(each.cause.repair)), inputs)
    console.print(table)


def _found(examined: Examined, guide: Guide) -> Iterator[Row]:
    title = "" if examined.cause is None else filled_in(examined.cause.title, {}, Facts(values={}, texts=()))
    name = guide.title if examined.cause is None else f"{examined.cause.id}: {title}"
    yield "cause", [name]
    yield "found", [_TOLD[examined.ending], *examined.reasons, *_facts(examined, guide)]


def _facts(examined: Examined, guide: Guide) -> Iterator[str]:
    says = {fact.name: fact.says for probe in guide.parts.probes for fact in probe.facts}
    for name, value in examined.seen.facts.items():
        meaning = f": {says[name]}" if value is True and says.get(name) else ""
        yield f"{name} {_value(value)}{meaning}"


def _offered(offer: Offer, examined: Examined | None) -> Iterator[Row]:
    plan = offer.plan
    yield "where", [f"{plan.folder} ({plan.target.environment})"]
    if plan.target.name != plan.folder:
        yield "target", [plan.target.name]
    for number, step in enumerate(offer.draft.steps, start=1):
        reach = step.touched.reach.name.lower().replace("_", " ")
        does = f"{step.name} ({step.effect.name.lower()}, {reach})"
        yield f"step {number}", [does, *(f"  {line}" for line in step.lines)]
        yield "  undo", [f"  {line}" for line in step.undo_lines]
    yield "backup", [plan.backup]
    yield "impact", _impact(offer)
    proofs = {} if examined is None else examined.seen.proofs
    fails = "" if all(proofs.values()) else " (fails now)"
    yield "verified by", [f"{line}{fails}" for line in plan.verification]
    yield "tried", [offer.trial.says]
    yield from _given("in the way", offer.obstacles)
    yield "digest", [plan.digest()]


def _impact(offer: Offer) -> Sequence[str]:
    if offer.impact.lines is None:
        return [f"not known, so the plan cannot be approved: {offer.impact.why}"]
    return offer.impact.lines or ["nothing depends on it"]


def _given(name: str, lines: Sequence[str]) -> list[Row]:
    return [(name, lines)] if lines else []


def _value(value: Value | None) -> str:
    match value:
        case None:
            return "could not be asked"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _print(rows: Iterable[Row], redactor: Redactor) -> None:
    """Print names and what belongs to them, everything hidden together, no line wider than the terminal may be."""
    rows = list(rows)
    lines = redactor.together([line for _, some in rows for line in some])
    console, at = output.console(), 0
    for name, some in rows:
        _print_row(console, name, [printable(each) for each in lines[at : at + len(some)]])
        at += len(some)


def _print_row(console: Console, name: str, lines: Iterable[str]) -> None:
    label = name
    for line in lines:
        for part in _wrapped(line, _WIDTH - _LABEL):
            console.print(Text.assemble((label.ljust(_LABEL), "dim"), part), soft_wrap=True)
            label = ""


def _wrapped(line: str, width: int) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()))
    return wrap(line, width, subsequent_indent=f"{indent}  ", break_on_hyphens=False) or [""]
