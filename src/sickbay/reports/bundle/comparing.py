"""What is different between two bundles: a good day's and a bad day's, or one machine's and another's. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sickbay.reports.bundle.contents import Bundle, BundledText

#: New lines that are shown of one text.
MOST_LINES = 10

#: Numbers, ids, and times differ from run to run and say nothing by that.
_VARYING = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8,}\b|\d+", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that differs: under which heading, what, and how it was and is; empty where it is not there."""

    heading: str
    name: str
    before: str
    after: str


def differences(before: Bundle, after: Bundle) -> tuple[Difference, ...]:
    """Return everything that differs, verdicts first. Lines that differ in numbers alone count as the same."""
    return (
        *_of("verdicts", _verdicts(before), _verdicts(after)),
        *_of("facts", _facts(before), _facts(after)),
        *_doctor(before, after),
        *_of("environment", before.environment, after.environment),
        *_of("variables", dict.fromkeys(before.variables, "set"), dict.fromkeys(after.variables, "set")),
        *_texts(before, after),
    )


def _of(heading: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield Difference(heading=heading, name=name, before=before.get(name, ""), after=after.get(name, ""))


def _verdicts(bundle: Bundle) -> dict[str, str]:
    return {verdict["cause"]: str(verdict["certainty"]) for verdict in bundle.report.get("verdicts", [])}


def _facts(bundle: Bundle) -> dict[str, str]:
    return {fact.name: str(fact.value) for fact in bundle.facts}


def _doctor(before: Bundle, after: Bundle) -> Iterator[Difference]:
    """Yield the checks of a preflight that found something else; a bundle without one says nothing of them."""
    if before.doctor is None or after.doctor is None:
        return
    old, new = _checks(before.doctor), _checks(after.doctor)
    for difference in _of("doctor", old, new):
        if _masked(difference.before) != _masked(difference.after):
            yield difference


def _checks(doctor: Mapping[str, Any]) -> dict[str, str]:
    return {
        each["check"]: f"{each['severity'] or each['state']}: {each['detail']}" for each in doctor.get("checks", [])
    }


def _texts(before: Bundle, after: Bundle) -> Iterator[Difference]:
    old = {text.name: text for text in before.texts}
    new = {text.name: text for text in after.texts}
    for name in dict.fromkeys([*old, *new]):
        if name not in old or name not in new:
            there = f"{(old.get(name) or new[name]).line_count} lines"
            yield Difference(
                heading="texts", name=name, before=there if name in old else "", after=there if name in new else ""
            )
            continue
        yield from _new_lines(name, old[name], new[name])


def _new_lines(name: str, old: BundledText, new: BundledText) -> Iterator[Difference]:
    """Yield the first lines that only the newer text has."""
    known = {_masked(line) for line in _lines(old)}
    seen: set[str] = set()
    for number, line in enumerate(_lines(new), start=1):
        masked = _masked(line)
        if line.strip() and masked not in known and masked not in seen:
            seen.add(masked)
            if len(seen) <= MOST_LINES:
                yield Difference(heading="texts", name=f"{name}:{number}", before="", after=line)
    if len(seen) > MOST_LINES:
        left = len(seen) - MOST_LINES
        yield Difference(heading="texts", name=name, before="", after=f"{left} more lines that were not there before")


def _lines(text: BundledText) -> list[str]:
    return text.data.decode("utf-8", "replace").split("\n")


def _masked(line: str) -> str:
    return _VARYING.sub("#", line.strip())
