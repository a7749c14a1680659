"""Every kind of secret once, in lines that the redactor hides: what comes out somewhere went past a sink."""

from __future__ import annotations

import random
import zlib

from tests.redaction.kinds import KINDS, Kind
from tests.redaction.measuring import Case, survives

SICK = 'OCI runtime create failed: exec: "nosuch": executable file not found in $PATH: unknown'
"""A line that a guide knows, so that it is shown as evidence with all that stands beside it."""


def _case(kind: Kind) -> Case:
    value = kind.make(random.Random(zlib.crc32(f"sinks/{kind.name}".encode())))
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return Case(kind=kind.name, carrier="assignment", value=value, text=f'{kind.variable}="{escaped}"')


ONE_EACH = tuple(_case(kind) for kind in KINDS)
FEW = tuple(ONE_EACH[start : start + 6] for start in range(0, len(ONE_EACH), 6))
"""The same, a few at a time."""
VARIABLES = {case.kind: kind.variable for case, kind in zip(ONE_EACH, KINDS, strict=True)}


def evidence(*few: Case) -> str:
    """A line that is shown, with the secrets in it."""
    return f"{SICK}: started with {' '.join(case.text for case in few)}"


def leaked(shown: str) -> list[str]:
    """Return the kinds of which something came out, also where lines were wrapped."""
    joined = "".join(shown.split())
    return [
        case.kind
        for case in ONE_EACH
        if survives(case, shown) or (" " not in case.value and "\n" not in case.value and case.value in joined)
    ]


def named(shown: str) -> set[str]:
    """Return the kinds whose names came out: their texts passed here, so that nothing leaked says something."""
    return {kind for kind, variable in VARIABLES.items() if variable in shown}
