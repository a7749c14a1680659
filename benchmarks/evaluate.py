"""How often the first verdict is right, and whether its evidence is: ``make eval``.

Reads a corpus of labelled cases, gives text and context to ``sickbay diagnose --batch`` as a user would, and counts. A
cause counts as right when it is the label, another right answer of the case, or the family of the label. Evidence is
grounded when every line that is shown stands in the text and a signature of the verdict's guide is found at its column;
this is checked on the whole report, because a batch tells no columns.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.grounding import is_grounded
from sickbay.diagnosis.verdict import UNKNOWN
from sickbay.facts.context import facts_from_context
from sickbay.facts.model import Facts
from sickbay.facts.text import text_source
from sickbay.guides.library import builtin_guides
from sickbay.redaction import Redactor
from sickbay.reports.json_report import report_of
from sickbay.runner import builtin_engine

HEALTHY = "none"

_HEADER = f"{'class':36} {'cases':>5}   {'top-1':>7}  {'top-3':>7}  {'grounded':>8}  {'undecided':>9}"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One labelled case with the causes that were answered, best first.

    ``named`` says how many verdicts name a cause, ``grounded`` how many of these have the right lines.
    """

    id: str
    label: str
    right: frozenset[str]
    group: str
    answers: tuple[str, ...] = ()
    named: int = 0
    grounded: int = 0
    undecided: bool = False


@dataclass(kw_only=True)
class Score:
    """Counts over some cases."""

    cases: int = 0
    top1: int = 0
    top3: int = 0
    named: int = 0
    grounded: int = 0
    undecided: int = 0

    def add(self, case: Case) -> None:
        """Count one case."""
        self.cases += 1
        self.top1 += bool(case.right.intersection(case.answers[:1]))
        self.top3 += bool(case.right.intersection(case.answers[:3]))
        self.named += case.named
        self.grounded += case.grounded
        self.undecided += case.undecided


def load_cases(corpus: Path, aliases: dict[str, list[str]]) -> list[tuple[dict[str, Any], Case]]:
    """Return the corpus's rows, each with its case still without answers."""
    rows = [json.loads(line) for line in corpus.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(row, _case(row, aliases)) for row in rows]


def _case(row: dict[str, Any], aliases: dict[str, list[str]]) -> Case:
    right = {row["label"], *row["also_ok"]}
    families = {family for label in right for family in aliases.get(label, [])}
    return Case(id=row["id"], label=row["label"], right=frozenset(right | families), group=row["category"])


def ask(rows: Iterable[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Return the causes that the command line names for each case."""
    lines = [json.dumps({"id": row["id"], "text": row["text"], "context": row["context"]}) for row in rows]
    command = [sys.executable, "-m", "sickbay.cli", "diagnose", "--batch", "-"]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=True)  # noqa: S603  (our own)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return {answer["id"]: tuple(verdict["cause"] for verdict in answer["verdicts"]) for answer in answers}


def looked_into(row: Mapping[str, Any], case: Case) -> Case:
    """Return the case with what its whole report tells: whether it is decided, and whether its evidence is right."""
    text = text_source("text", (row["text"] or "").encode("utf-8", "replace"))
    values = {fact.name: fact for fact in facts_from_context(row["context"] or {})}
    diagnosis = builtin_engine().diagnose(Facts(values=values, texts=(text,)))
    verdicts = report_of(diagnosis, Redactor().aware_of(text.data))["verdicts"]
    named = [verdict for verdict in verdicts if verdict["cause"] != UNKNOWN]
    lines = text.data.decode("utf-8", "replace").split("\n")
    guides = {guide.slug: guide for guide in builtin_guides()}
    return replace(
        case,
        named=len(named),
        grounded=sum(is_grounded(verdict, lines, guides) for verdict in named),
        undecided=bool(diagnosis.undecided),
    )


def report(cases: Sequence[Case], covered: frozenset[str], *, show_misses: bool) -> str:
    """Return the tables as text."""
    lines = [_HEADER]
    for title, group in _groups(cases, covered).items():
        lines.append(_row(title, _score(group)))
    healthy = [case for case in cases if case.label == HEALTHY]
    alarms = [case for case in healthy if case.answers]
    lines.append(f"{'false alarms on healthy cases':36} {len(healthy):5}   {_percent(len(alarms), len(healthy))}")
    if show_misses:
        lines.extend(_misses(cases, covered))
    return "\n".join(lines)


def _groups(cases: Sequence[Case], covered: frozenset[str]) -> dict[str, list[Case]]:
    """Return the cases by class, of those the ones whose cause has a guide, and all together."""
    sick = [case for case in cases if case.label != HEALTHY]
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in sorted(sick, key=lambda case: case.group):
        groups[case.group].append(case)
        if case.label in covered:
            groups[f"{case.group}, causes with a guide"].append(case)
    return {
        **dict(sorted(groups.items())),
        "all, causes with a guide": [case for case in sick if case.label in covered],
        "all": sick,
    }


def _score(cases: Iterable[Case]) -> Score:
    score = Score()
    for case in cases:
        score.add(case)
    return score


def _row(title: str, score: Score) -> str:
    top1, top3 = _percent(score.top1, score.cases), _percent(score.top3, score.cases)
    grounded = _percent(score.grounded, score.named)
    return f"{title:36} {score.cases:5}   {top1}  {top3}   {grounded}  {score.undecided:9}"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:5.1f} %" if whole else "    - "


def _misses(cases: Sequence[Case], covered: frozenset[str]) -> Iterable[str]:
    yield "\nmisses over the causes that have a guide, false verdicts on the rest, and evidence that is not right:"
    for case in cases:
        answer = case.answers[0] if case.answers else "-"
        if answer not in case.right and (case.label in covered or (answer not in {"-", UNKNOWN})):
            mark = "MISS " if case.label in covered else "FALSE"
            yield f"  {mark} {case.id:8} {case.label:36} answered {', '.join(case.answers[:3]) or '-'}"
        if case.grounded < case.named:
            yield f"  LINES {case.id:8} {case.label:36} {case.named - case.grounded} of {case.named} not grounded"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the figures for a corpus."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("corpus", type=Path, help="folder with dev.jsonl and aliases.json")
    parser.add_argument("--misses", action="store_true", help="list every case whose first verdict is wrong")
    options = parser.parse_args(argv)
    aliases = json.loads((options.corpus / "aliases.json").read_text(encoding="utf-8"))
    rows = load_cases(options.corpus / "dev.jsonl", aliases)
    answers = ask(row for row, _ in rows)
    cases = [looked_into(row, replace(case, answers=answers[case.id])) for row, case in rows]
    covered = frozenset(cause.id for guide in builtin_guides() for cause in guide.causes)
    print(report(cases, covered, show_misses=options.misses))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
