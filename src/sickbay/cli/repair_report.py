"""Repairs as data: what ``sickbay repair --format json`` prints, with secrets hidden in all of it as in one thing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sickbay
from sickbay.cli import output
from sickbay.cli.repair_view import exit_code_of
from sickbay.redaction import Redactor
from sickbay.repair.applying import Finished
from sickbay.repair.examining import Ending, Examined
from sickbay.repair.listing import Outline
from sickbay.repair.preparing import Offer, Prepared
from sickbay.safety.cleaning import printable
from sickbay.safety.plan import plan_document

Report = dict[str, Any]
"""``{"ending": …, "exit_code": …, "cause": …, "facts": {…}, "plan": {…}, "result": {…}, …}``, for ``json.dumps``."""


def prepared_report(prepared: Prepared, guide: str, *, session: str = "") -> Report:
    """Return what was found and planned, as it is."""
    examined = prepared.examined
    return {
        **_head(examined.ending, session),
        "guide": guide,
        "cause": None if examined.cause is None else examined.cause.id,
        **_found(examined),
        "plan": None if prepared.offer is None else _plan(prepared.offer),
        "result": None,
        "guard": None,
    }


def finished_report(prepared: Prepared, guide: str, finished: Finished, *, session: str, guard: str) -> Report:
    """Return what was found, planned, and done, as it is. ``guard`` is the command that checks from now on."""
    report = prepared_report(prepared, guide)
    return {**report, **_head(finished.ending, session), "result": _result(finished), "guard": guard or None}


def undone_report(offer: Offer | None, finished: Finished | None, *, session: str) -> Report:
    """Return a way back, and what it came to where it was taken, as it is."""
    planned = Ending.TAKEN_BACK if offer is None else Ending.MATCHED
    return {
        **_head(planned if finished is None else finished.ending, session),
        "guide": None if offer is None else offer.draft.guide.slug,
        "cause": None if offer is None else offer.draft.cause.id,
        "plan": None if offer is None else _plan(offer),
        "result": None if finished is None else _result(finished),
    }


def listed_report(outlines: Sequence[Outline]) -> list[Report]:
    """Return the causes that have a repair, the mildest first."""
    return [
        {
            "cause": each.cause.id,
            "guide": each.guide.slug,
            "effect": each.effect.name.lower(),
            "reach": each.reach.name.lower(),
            "steps": list(each.cause.repair),
            "inputs": list(each.inputs),
        }
        for each in outlines
    ]


def print_report(report: Report | list[Report], redactor: Redactor) -> None:
    """Print a report alone, with everything hidden together."""
    output.say(json.dumps(_shown(redactor.value(report)), indent=2, ensure_ascii=False))


def _head(ending: Ending, session: str) -> Report:
    return {
        "ending": str(ending),
        "exit_code": int(exit_code_of(ending)),
        "session": session or None,
        "engine": sickbay.__version__,
    }


def _found(examined: Examined) -> Report:
    return {
        "reasons": list(examined.reasons),
        "facts": dict(examined.seen.facts),
        "proofs": dict(examined.seen.proofs),
    }


def _plan(offer: Offer) -> Report:
    return {
        "digest": offer.plan.digest(),
        **plan_document(offer.plan),
        "impact_unknown": offer.impact.why or None,
        "tried_enough": offer.trial.is_enough,
        "obstacles": list(offer.obstacles),
    }


def _result(finished: Finished) -> Report:
    return {
        "done": list(finished.done),
        "reasons": list(finished.reasons),
        "taken_back": list(finished.way_back.taken_back),
        "put_back": list(finished.way_back.put_back),
        "left": list(finished.way_back.left),
        "backup": None if finished.backup is None else str(finished.backup),
    }


def _shown(value: object) -> object:
    """Return a value in whose texts nothing acts on a terminal."""
    match value:
        case str():
            return printable(value)
        case Mapping():
            return {_shown(name): _shown(item) for name, item in value.items()}
        case list() | tuple():
            return [_shown(item) for item in value]
        case _:
            return value
