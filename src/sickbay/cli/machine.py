"""``sickbay diagnose --machine``: what the preflight found on this machine and in this project, as verdicts."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

import sickbay
from sickbay.checks.examination import Examination, examine
from sickbay.checks.project import place_of
from sickbay.cli import output
from sickbay.cli.doctor import exit_code_of
from sickbay.cli.doctor_report import hidden, report_of_examination
from sickbay.cli.exits import CommandError
from sickbay.cli.guide_library import guides_here
from sickbay.cli.looking import MOST_SECONDS, Asked, ask_guide, checked_folder
from sickbay.cli.looking_view import looks_of, rendered_looks
from sickbay.diagnosis.ranking import diagnose
from sickbay.diagnosis.verdict import Certainty, Diagnosis, Evidence, Verdict
from sickbay.facts.model import Facts
from sickbay.guides.model import Guide
from sickbay.redaction import Redactor
from sickbay.reports.formats import ReportFormat
from sickbay.reports.json_report import plain_report
from sickbay.reports.terminal import indented, rendered

Check = dict[str, Any]


def diagnose_machine(folder: Path | None, output_format: ReportFormat, *, look: bool) -> int:
    """Diagnose this machine and the project in a folder, and show the answer. Raises ``CommandError``."""
    if output_format not in {ReportFormat.TEXT, ReportFormat.JSON}:
        raise CommandError("--machine is written as text or json.")
    place = place_of(checked_folder(folder or Path()).resolve(), dict(os.environ))
    with output.working("Looking"):
        found = examine(place, today=datetime.now(UTC).date())
    code = exit_code_of(found)
    report = hidden(report_of_examination(found, int(code)))
    guides = guides_here()
    verdicts = verdicts_of(_counted(found, report), guides)
    asked: tuple[Asked, ...] = ()
    if look:
        asked = _asked(verdicts, guides, place.folder)
        verdicts = _refined(verdicts, asked, guides)
    answer = {
        **plain_report(_diagnosis(verdicts, _unanswered(found, report)), sickbay.__version__),
        "unanswered": [_without_answer(check) for check in _unanswered(found, report)],
        "accepted": report["accepted"],
        **({"looks": looks_of(asked, Redactor())} if look else {}),
    }
    if output_format is ReportFormat.JSON:
        output.say(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        output.console().print(_page(verdicts, answer))
    return code


def verdicts_of(checks: Iterable[Check], guides: Sequence[Guide]) -> tuple[Verdict, ...]:
    """Return what failed as verdicts, problems before warnings; what has one cause is one. Pure.

    What a check measured is confirmed; a warning, which stops nothing yet, is only possible. A finding that no guide
    explains is called by its check.
    """
    by_slug = {guide.slug: guide for guide in guides}
    found: dict[str, Verdict] = {}
    for check in sorted(checks, key=lambda check: check["severity"] != "problem"):
        guide = by_slug.get(check["guide"] or "")
        verdict = Verdict(
            cause=check["cause"] or check["check"],
            certainty=Certainty.CONFIRMED if check["severity"] == "problem" else Certainty.POSSIBLE,
            title=check["detail"],
            repair=check["advice"],
            evidence=tuple(_evidence(check)),
            guide="" if guide is None else guide.slug,
            class_="" if guide is None else guide.front.class_,
        )
        first = found.setdefault(verdict.cause, verdict)
        if first is not verdict:
            found[verdict.cause] = replace(first, evidence=(*first.evidence, *verdict.evidence))
    return tuple(found.values())


def _evidence(check: Check) -> Iterator[Evidence]:
    for line in check["evidence"] or [check["detail"]]:
        yield Evidence(source=check["check"], line=None, text=line)


def _counted(found: Examination, report: Check) -> list[Check]:
    failed = {result.id for result in (*found.problems, *found.warnings)}
    return [check for check in report["checks"] if check["check"] in failed]


def _unanswered(found: Examination, report: Check) -> list[Check]:
    silent = {result.id for result in found.unanswered}
    return [check for check in report["checks"] if check["check"] in silent]


def _asked(verdicts: Iterable[Verdict], guides: Iterable[Guide], folder: Path) -> tuple[Asked, ...]:
    """Run the looks of the guides that the verdicts name."""
    deadline = time.monotonic() + MOST_SECONDS
    named = {verdict.guide for verdict in verdicts}
    asked: tuple[Asked, ...] = ()
    for guide in guides:
        if guide.slug in named:
            asked += ask_guide(guide, folder, Facts(), (), seconds_left=deadline - time.monotonic())
    return asked


def _refined(verdicts: tuple[Verdict, ...], asked: Iterable[Asked], guides: Sequence[Guide]) -> tuple[Verdict, ...]:
    """Return the verdicts with what looks told: they prove one further, or name the cause behind it."""
    learned = {fact.name: fact for each in asked for fact in each.learned()}
    redactor = Redactor()
    told = {verdict.cause: verdict for verdict in diagnose(Facts(values=learned), (), guides).verdicts}
    known = {verdict.cause for verdict in verdicts}
    further = [_hidden(verdict, redactor) for cause, verdict in told.items() if cause not in known]
    proved = [
        replace(verdict, evidence=(*verdict.evidence, *_hidden(told[verdict.cause], redactor).evidence))
        if verdict.cause in told
        else verdict
        for verdict in verdicts
    ]
    return (*proved, *further)


def _hidden(verdict: Verdict, redactor: Redactor) -> Verdict:
    title, repair, *lines = redactor.together([verdict.title, verdict.repair, *(e.text for e in verdict.evidence)])
    shown = tuple(replace(each, text=line) for each, line in zip(verdict.evidence, lines, strict=True))
    return replace(verdict, title=title, repair=repair, evidence=shown)


def _diagnosis(verdicts: tuple[Verdict, ...], unanswered: Sequence[Check]) -> Diagnosis:
    names = ", ".join(check["check"] for check in unanswered)
    silence = f"there is no answer to {names}" if unanswered and not verdicts else ""
    return Diagnosis(verdicts=verdicts, looked_at=(), not_measured=silence)


def _without_answer(check: Check) -> Check:
    return {name: check[name] for name in ("check", "title", "state", "reason", "detail", "follows")}


def _page(verdicts: Sequence[Verdict], answer: Check) -> RenderableType:
    parts: list[RenderableType] = []
    for verdict in verdicts:
        parts += [rendered(Diagnosis(verdicts=(verdict,), looked_at=())), Text()]
    if not verdicts and not answer["unanswered"]:
        parts += [Text("Nothing is wrong on this machine and in this project, as far as can be seen.", style="green")]
        parts.append(Text())
    if answer["unanswered"]:
        parts.append(Text("Without an answer", style="bold magenta"))
        parts += [indented(_told(check)) for check in answer["unanswered"]]
        parts.append(Text())
    if answer["accepted"]:
        parts += [Text(f"Accepted, and not counted: {answer['accepted']} ('sickbay doctor' lists them)."), Text()]
    if "looks" in answer:
        return Group(*parts[:-1], rendered_looks(answer["looks"]))
    return Group(*parts[:-1])


def _told(check: Check) -> str:
    reason = f" ({check['reason']})" if check["reason"] else ""
    return f"{check['check']}: {check['state'].upper()}{reason}: {check['detail']}"
