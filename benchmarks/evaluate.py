"""How often the first verdict is right: ``make eval``.

Reads a corpus of labelled cases, gives text and context to ``sickbay diagnose --batch`` as a user would, and counts. A
cause counts as right when it is the label, another right answer of the case, or the family of the label.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sickbay.guides.library import builtin_guides

HEALTHY = "none"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One labelled case with the causes that were answered, best first."""

    id: str
    label: str
    right: frozenset[str]
    group: str
    answers: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Score:
    """Counts over some cases."""

    cases: int = 0
    top1: int = 0
    top3: int = 0
    misses: list[str] = field(default_factory=list)

    def add(self, case: Case) -> None:
        """Count one case."""
        self.cases += 1
        self.top1 += bool(case.right.intersection(case.answers[:1]))
        self.top3 += bool(case.right.intersection(case.answers[:3]))


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


def report(cases: Sequence[Case], covered: frozenset[str], *, show_misses: bool) -> str:
    """Return the tables as text."""
    lines = []
    for title, group in _groups(cases, covered).items():
        score = Score()
        for case in group:
            score.add(case)
        lines.append(_row(title, score))
    healthy = [case for case in cases if case.label == HEALTHY]
    alarms = [case for case in healthy if case.answers]
    lines.append(
        f"{'false alarms on healthy cases':44} {len(alarms):4} of {len(healthy)}  {_percent(len(alarms), len(healthy))}"
    )
    if show_misses:
        lines.extend(_misses(cases, covered))
    return "\n".join(lines)


def _groups(cases: Sequence[Case], covered: frozenset[str]) -> dict[str, list[Case]]:
    sick = [case for case in cases if case.label != HEALTHY]
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in sorted(sick, key=lambda case: case.group):
        groups[case.group].append(case)
    groups["over the causes that have a guide"] = [case for case in sick if case.label in covered]
    groups["over all"] = sick
    return groups


def _row(title: str, score: Score) -> str:
    top1, top3 = _percent(score.top1, score.cases), _percent(score.top3, score.cases)
    return f"{title:44} {score.cases:4} cases  top-1 {top1}  top-3 {top3}"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:5.1f} %" if whole else "    - "


def _misses(cases: Sequence[Case], covered: frozenset[str]) -> Iterable[str]:
    yield "\nmisses over the causes that have a guide, and false verdicts on the rest:"
    wrong: Counter[tuple[str, str]] = Counter()
    for case in cases:
        answer = case.answers[0] if case.answers else "-"
        if answer not in case.right and (case.label in covered or (answer not in {"-", "unknown"})):
            wrong[case.label, answer] += 1
            mark = "MISS " if case.label in covered else "FALSE"
            yield f"  {mark} {case.id:8} {case.label:36} answered {', '.join(case.answers[:3]) or '-'}"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the figures for a corpus."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("corpus", type=Path, help="folder with dev.jsonl and aliases.json")
    parser.add_argument("--misses", action="store_true", help="list every case whose first verdict is wrong")
    options = parser.parse_args(argv)
    aliases = json.loads((options.corpus / "aliases.json").read_text(encoding="utf-8"))
    rows = load_cases(options.corpus / "dev.jsonl", aliases)
    answers = ask(row for row, _ in rows)
    cases = [
        Case(id=case.id, label=case.label, right=case.right, group=case.group, answers=answers[case.id])
        for _, case in rows
    ]
    covered = frozenset(cause.id for guide in builtin_guides() for cause in guide.causes)
    print(report(cases, covered, show_misses=options.misses))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
