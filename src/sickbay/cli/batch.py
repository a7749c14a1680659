"""Many cases at once: one JSON line in, one JSON line out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, TextIO

import msgspec

from sickbay.cli.exits import ExitCode
from sickbay.facts.context import facts_from_context
from sickbay.facts.model import Facts
from sickbay.facts.text import text_source
from sickbay.redaction import Redactor
from sickbay.reports.json_report import report_of
from sickbay.runner import Engine


class _Case(msgspec.Struct, frozen=True):
    """A line of input. Other keys are ignored; without a text, the context is all that is known."""

    id: str | int | float
    text: str | None = None
    context: dict[str, object] | None = None


def run_batch(lines: Iterable[bytes], engine: Engine, write: Callable[[str], None], errors: TextIO) -> ExitCode:
    """Answer each case in its order, each as soon as it is known. ``write`` gets answers in which nothing is secret.

    A line that is no case is named on ``errors`` and left out; the others go on, and the exit code says so at the end.
    A case in which something is wrong and no guide fits gets one verdict with the cause ``unknown``.
    """
    redactor = Redactor()
    code = ExitCode.HEALTHY
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            answer = _answer(line, engine, redactor)
        except (ValueError, RecursionError) as error:
            errors.write(f"sickbay: line {number} is no case: {redactor.text(str(error))}\n")
            errors.flush()
            code = ExitCode.WRONG_USE
            continue
        write(answer)
    return code


def _case(line: bytes) -> _Case:
    try:
        return msgspec.json.decode(line, type=_Case)
    except (msgspec.DecodeError, UnicodeError):
        # The standard library also reads what is not quite UTF-8: other bytes, and halves of characters.
        return msgspec.convert(json.loads(line.decode("utf-8", "replace")), _Case)


def _answer(line: bytes, engine: Engine, redactor: Redactor) -> str:
    case = _case(line)
    if case.text is None and not case.context:
        raise ValueError("neither a text nor a context")
    facts = Facts(
        values={fact.name: fact for fact in facts_from_context(case.context or {})},
        texts=(text_source("text", (case.text or "").encode("utf-8", "replace")),),
    )
    aware = redactor.aware_of(*(text.data for text in facts.texts))
    verdicts = report_of(engine.diagnose(facts), aware)["verdicts"]
    known_as = aware.text(case.id) if isinstance(case.id, str) else case.id
    return json.dumps({"id": known_as, "verdicts": [_shown(verdict) for verdict in verdicts]})


def _shown(verdict: dict[str, Any]) -> dict[str, Any]:
    evidence = [{key: each[key] for key in ("source", "line", "text")} for each in verdict["evidence"]]
    return {"cause": verdict["cause"], "certainty": verdict["certainty"], "evidence": evidence}
