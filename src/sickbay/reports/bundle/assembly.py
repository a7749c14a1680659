"""Making a bundle of a case. This is where its secrets are hidden: behind here nothing is to be hidden any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

import sickbay
from sickbay.facts.model import Fact, Facts, Text, TextSource
from sickbay.redaction import Redactor
from sickbay.reports.bundle.contents import MOST_OF_ALL, MOST_OF_ONE, Bundle, BundledFact, BundledText, Step
from sickbay.reports.bundle.cutting import bundled, segments_of
from sickbay.reports.case import Case, Surroundings
from sickbay.reports.json_report import report_of


class _Hidden(msgspec.Struct):
    """What comes back from the redactor."""

    facts: list[Any]
    environment: dict[str, str]
    variables: list[str]
    origin: str
    steps: list[tuple[str, str]]
    names: list[str]
    doctor: dict[str, Any] | None


def bundle_of(
    case: Case,
    surroundings: Surroundings,
    steps: Sequence[Step],
    added: Sequence[TextSource] = (),
    *,
    doctor: Mapping[str, Any] | None = None,
) -> Bundle:
    """Return the bundle of a case. ``added`` are texts for people, on which no verdict rests; so is a preflight."""
    redactor = case.redactor.aware_of(*(text.data for text in (*case.facts.texts, *added)))
    raw = {
        "facts": [msgspec.to_builtins(fact) for fact in case.facts.values.values()],
        "environment": dict(surroundings.environment),
        "variables": list(surroundings.variables),
        "origin": case.origin,
        "steps": [[step.name, step.outcome] for step in steps],
        "names": [text.name for text in (*case.facts.texts, *added)],
        "doctor": doctor,
    }
    hidden = msgspec.convert(redactor.value(raw), _Hidden)
    texts = [*case.facts.texts, *added]
    most = min(MOST_OF_ONE, MOST_OF_ALL // max(1, len(texts)))
    return Bundle(
        made=surroundings.made,
        version=sickbay.__version__,
        origin=hidden.origin,
        steps=tuple(
            replace(step, name=name, outcome=outcome) for step, (name, outcome) in zip(steps, hidden.steps, strict=True)
        ),
        facts=tuple(msgspec.convert(fact, BundledFact) for fact in hidden.facts),
        texts=tuple(
            replace(_bundled(text, case, redactor, most, diagnosed=text not in added), name=name)
            for text, name in zip(texts, hidden.names, strict=True)
        ),
        environment=hidden.environment,
        variables=tuple(hidden.variables),
        report=report_of(case.diagnosis, redactor),
        doctor=hidden.doctor,
    )


def _bundled(text: Text, case: Case, redactor: Redactor, most: int, *, diagnosed: bool) -> BundledText:
    evidence = [each for verdict in case.diagnosis.verdicts for each in verdict.evidence]
    segments = segments_of(text, evidence if diagnosed else (), most_bytes=most)
    return bundled(text, segments, redactor.data, diagnosed=diagnosed)


def facts_of(bundle: Bundle) -> Facts:
    """Return what a bundle holds as facts, to be diagnosed again."""
    return Facts(
        values={fact.name: Fact(name=fact.name, value=fact.value, source=fact.source) for fact in bundle.facts},
        texts=tuple(TextSource(name=text.name, data=text.data) for text in bundle.texts if text.diagnosed),
    )
