"""What commands answered, read: facts out of a probe's answer, and whether a verification holds. Pure."""

from __future__ import annotations

import fnmatch
import glob
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sickbay.guides.commands import input_value
from sickbay.guides.conditions import Value, evaluate
from sickbay.guides.model import Input
from sickbay.guides.parts import Expect, Probe, ProbeFact

_INPUT = re.compile(r"\$([A-Z][A-Z0-9_]*)")


@dataclass(frozen=True, kw_only=True)
class CommandAnswer:
    """What a command left behind. Spaces and line ends at the end of both texts do not count."""

    exit_code: int
    output: str = ""
    errors: str = ""


def read_facts(probe: Probe, answer: CommandAnswer) -> dict[str, Value | None]:
    """Return each fact of a probe by name, ``None`` where it could not be asked."""
    known: dict[str, Value] = {
        "exit_code": answer.exit_code,
        "output": answer.output.rstrip(),
        "errors": answer.errors.rstrip(),
    }
    return {fact.name: _read(fact, known, answer.output) for fact in probe.facts}


def _read(fact: ProbeFact, known: Mapping[str, Value], output: str) -> Value | None:
    if fact.when is None or fact.unless is None:
        return _value(fact, output)
    yes, no = evaluate(fact.when, known) is True, evaluate(fact.unless, known) is True
    return yes if yes != no else None


def _value(fact: ProbeFact, output: str) -> Value | None:
    found = re.search(fact.value, output, re.MULTILINE)
    if found is None or found["value"] is None:
        return None
    if fact.kind == "text":
        return found["value"]
    try:
        return float(found["value"])
    except ValueError:
        return None


def meets(
    expect: Expect,
    answer: CommandAnswer,
    inputs: Mapping[str, Input] | None = None,
    values: Mapping[str, str] | None = None,
) -> bool:
    """Say whether a verification holds: it returned 0 and printed what is expected.

    Inputs in the expected text are filled in as they are in commands. Raises
    :class:`~sickbay.guides.commands.InputError`.
    """
    if answer.exit_code != 0:
        return False

    def filled(quoted: Callable[[str], str]) -> str:
        return _INPUT.sub(
            lambda found: quoted(input_value(found.group(1), inputs or {}, values or {})), expect.text.rstrip()
        )

    printed = answer.output.rstrip()
    match expect.match:
        case "exact":
            return printed == filled(str)
        case "glob":
            return fnmatch.fnmatchcase(printed, filled(glob.escape))
        case "regex":
            return re.search(filled(re.escape), printed, re.MULTILINE) is not None
