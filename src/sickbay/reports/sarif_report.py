"""The issue report as SARIF 2.1.0 (an OASIS standard): rules are the guides' causes, results are the verdicts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from sickbay.diagnosis.verdict import UNKNOWN, Certainty, Evidence, Verdict
from sickbay.reports.characters import shortened
from sickbay.reports.issue import GuideEntry, Issue, place_of

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

#: How bad a result is. That something is wrong is sure where the cause is unknown, but nothing can be pointed at.
_LEVELS = {
    Certainty.CONFIRMED: "error",
    Certainty.LIKELY: "error",
    Certainty.POSSIBLE: "warning",
    Certainty.UNKNOWN: "warning",
}

#: SARIF's priority from 0 to 100.
_RANKS = {Certainty.CONFIRMED: 90.0, Certainty.LIKELY: 70.0, Certainty.POSSIBLE: 40.0, Certainty.UNKNOWN: 20.0}

#: The name of the way a fingerprint is made; another way gets another number.
_FINGERPRINT = "causeAndLine/v1"

# What differs from run to run in one and the same message: numbers, times, identifiers.
_CHANGING = re.compile(r"0x[0-9a-f]+|\b(?=\w*\d)[0-9a-f]{8,}\b|\d+", re.IGNORECASE)


def sarif_of(issue: Issue) -> dict[str, Any]:
    """Return a log with one run, ready for ``json.dumps``."""
    verdicts = issue.diagnosis.verdicts
    causes = list(dict.fromkeys(verdict.cause for verdict in verdicts))
    first = {verdict.cause: verdict for verdict in reversed(verdicts)}
    driver = {
        "name": "Sickbay",
        "version": issue.engine,
        "semanticVersion": issue.engine,
        "rules": [_rule(first[cause], issue.guide_of(first[cause])) for cause in causes],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True, "endTimeUtc": f"{issue.made:%Y-%m-%dT%H:%M:%SZ}"}],
        "artifacts": [{"location": {"uri": log.uri}, "description": {"text": log.source}} for log in issue.logs],
        "results": [_result(verdict, causes.index(verdict.cause), issue) for verdict in verdicts],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(verdict: Verdict, guide: GuideEntry | None) -> dict[str, Any]:
    level = {"level": _LEVELS[verdict.certainty]}
    if guide is None:
        text = "Something is wrong, and no guide knows why."
        return {
            "id": verdict.cause,
            "name": _name(verdict.cause),
            "shortDescription": {"text": text},
            "fullDescription": {"text": text},
            "help": {"text": verdict.repair, "markdown": verdict.repair},
            "defaultConfiguration": level,
            "properties": {"tags": ["sickbay"]},
        }
    return {
        "id": verdict.cause,
        "name": _name(verdict.cause),
        "shortDescription": {"text": guide.title},
        "fullDescription": {"text": guide.problem},
        "help": _help(guide),
        "defaultConfiguration": level,
        "properties": {"tags": ["sickbay", guide.class_], "severity": guide.severity, "guide": guide.slug},
    }


def _help(guide: GuideEntry) -> dict[str, str]:
    parts = {
        "Problem": guide.problem,
        "Root cause": guide.root_cause,
        "Solution": guide.solution,
        "Impact": guide.impact,
        "More": f"`sickbay guide show {guide.slug}`",
    }
    return {
        "text": "\n".join(f"{name}: {text}" for name, text in parts.items()),
        "markdown": "\n\n".join([f"## {guide.title}", *(f"**{name}:** {text}" for name, text in parts.items())]),
    }


def _name(cause: str) -> str:
    return "".join(word.capitalize() for word in cause.split("-"))


def _result(verdict: Verdict, rule: int, issue: Issue) -> dict[str, Any]:
    evidence = verdict.evidence
    if verdict.cause == UNKNOWN:
        evidence = tuple(line for looked in issue.diagnosis.looked_at for line in looked.last_lines[-1:])
    in_texts = [each for each in evidence if each.line is not None]
    first, others = in_texts[:1], [each for each in evidence if each not in in_texts[:1]]
    result: dict[str, Any] = {
        "ruleId": verdict.cause,
        "ruleIndex": rule,
        **_judgment(verdict, issue),
        "rank": _RANKS[verdict.certainty],
        "message": _message(_told(verdict, issue)),
        "locations": [_location(each, issue) for each in first] or [_nowhere(issue)],
        "partialFingerprints": {_FINGERPRINT: _fingerprint(verdict.cause, first or list(evidence))},
        "properties": {"certainty": verdict.certainty.value},
    }
    if others:
        result["relatedLocations"] = [
            {"id": number, **_location(each, issue)} for number, each in enumerate(others, start=1)
        ]
    return result


def _judgment(verdict: Verdict, issue: Issue) -> dict[str, str]:
    """Return whether this is a problem and how bad it is. What is open has no level, by the standard."""
    if verdict.cause in issue.diagnosis.undecided:
        return {"kind": "open", "level": "none"}
    return {"kind": "fail", "level": _LEVELS[verdict.certainty]}


def _told(verdict: Verdict, issue: Issue) -> str:
    others = [cause for cause in issue.diagnosis.undecided if cause != verdict.cause]
    if verdict.cause not in issue.diagnosis.undecided or not others:
        return f"{verdict.title}. {verdict.repair}"
    return f"Perhaps: {verdict.title}. Nothing decides between this and {', '.join(others)}. {verdict.repair}"


def _location(evidence: Evidence, issue: Issue) -> dict[str, Any]:
    message = _message(f"{place_of(evidence)}: {shortened(evidence.text, column=evidence.column)}")
    uris = {log.source: log.uri for log in issue.logs}
    if evidence.line is None or evidence.source not in uris:
        return {"logicalLocations": [{"name": evidence.source}], "message": message}
    region = {
        "startLine": evidence.line,
        "snippet": {"text": shortened(evidence.text, column=evidence.column)},
    }
    place = {"artifactLocation": {"uri": uris[evidence.source]}, "region": region}
    return {"physicalLocation": place, "message": message}


def _message(text: str) -> dict[str, str]:
    """Return a message in which nothing that others wrote is a link."""
    return {"text": text.replace("](", "] (")}


def _nowhere(issue: Issue) -> dict[str, Any]:
    """Return the place of a verdict that facts alone speak for: the first text as a whole, else the case."""
    if issue.logs:
        return {"physicalLocation": {"artifactLocation": {"uri": issue.logs[0].uri}}}
    return {"logicalLocations": [{"name": issue.origin}]}


def _fingerprint(cause: str, evidence: Iterable[Evidence]) -> str:
    """Return the same for the same cause with the same message, also when its numbers and its place differ."""
    lines = [_CHANGING.sub("0", each.text.strip()) for each in evidence]
    return hashlib.sha256("\n".join([cause, *lines[:1]]).encode("utf-8", "replace")).hexdigest()[:32]
