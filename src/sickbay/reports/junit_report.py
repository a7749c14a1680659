"""The issue report as JUnit XML: what every CI system shows as tests.

One test for each class of problems that was looked for, and one for each verdict. A problem is a failure, what is only
possible is skipped (a warning turns nothing red). The unknown is an error, as are causes between which nothing decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from sickbay.diagnosis.verdict import UNKNOWN, Certainty, Evidence, Verdict
from sickbay.reports.characters import shortened
from sickbay.reports.issue import Issue, place_of

_OUTCOMES = {
    Certainty.CONFIRMED: "failure",
    Certainty.LIKELY: "failure",
    Certainty.POSSIBLE: "skipped",
    Certainty.UNKNOWN: "error",
}
_OUTCOME_NAMES = {"failure": "failures", "skipped": "skipped", "error": "errors"}


def junit_of(issue: Issue) -> str:
    """Return the report as a document with one test suite."""
    name = f"sickbay: {issue.origin}"
    suite = ET.Element("testsuite", name=name, timestamp=f"{issue.made:%Y-%m-%dT%H:%M:%S}", hostname="localhost")
    properties = ET.SubElement(suite, "properties")
    for item in issue.environment:
        ET.SubElement(properties, "property", name=item.name, value=item.value)
    suite.extend(_cases(issue))
    suites = ET.Element("testsuites", name="sickbay")
    for element in (suites, suite):
        for attribute, count in _counts(suite).items():
            element.set(attribute, str(count))
    suites.append(suite)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _counts(suite: ET.Element) -> dict[str, str | int]:
    cases = suite.findall("testcase")
    counts = {name: len(suite.findall(f"testcase/{kind}")) for kind, name in _OUTCOME_NAMES.items()}
    return {"tests": len(cases), **counts, "time": "0"}


def _cases(issue: Issue) -> Iterator[ET.Element]:
    sick = {verdict.class_ for verdict in issue.diagnosis.verdicts}
    for verdict in issue.diagnosis.verdicts:
        yield _case(verdict, issue)
    for checked in issue.checked:
        if checked not in sick:
            yield ET.Element("testcase", classname=f"sickbay.{checked}", name=f"no known {checked} problem", time="0")


def _case(verdict: Verdict, issue: Issue) -> ET.Element:
    evidence = list(verdict.evidence if verdict.cause != UNKNOWN else issue.error_lines())
    name = "the cause is known" if verdict.cause == UNKNOWN else verdict.cause
    case = ET.Element("testcase", classname=f"sickbay.{verdict.class_ or 'unknown'}", name=name, time="0")
    place = _place(verdict, evidence, issue)
    if place is not None:  # where several CI systems look for it
        case.set("file", place[0])
        case.set("line", str(place[1]))
    told = [f"{place_of(each)}: {shortened(each.text, column=each.column)}" for each in evidence]
    more = [f"More: sickbay guide show {verdict.guide}"] if verdict.guide else []
    kind = "error" if verdict.cause in issue.diagnosis.undecided else _OUTCOMES[verdict.certainty]
    outcome = ET.SubElement(
        case, kind, message=f"{verdict.title} ({verdict.certainty})", type=f"{verdict.certainty}/{verdict.cause}"
    )
    outcome.text = "\n".join(["Evidence:", *(told or ["none"]), "", f"What helps: {verdict.repair}", *more])
    return case


def _place(verdict: Verdict, evidence: Sequence[Evidence], issue: Issue) -> tuple[str, int] | None:
    """Return the text and the line of the first evidence; of the unknown, of the last line that was looked at."""
    uris = {log.source: log.uri for log in issue.logs}
    ordered = reversed(evidence) if verdict.cause == UNKNOWN else evidence
    return next(((uris[each.source], each.line) for each in ordered if each.line and each.source in uris), None)
