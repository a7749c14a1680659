"""Which causes hold, given what is known: exactly one, several, none, or nobody knows."""

from __future__ import annotations

import pytest

from sickbay.guides.conditions import Value
from sickbay.guides.model import Guide
from sickbay.guides.parser import parse_guide
from sickbay.investigation.investigating import Result, decide, known_values
from tests.guides.proving import GUIDE, SLUG

SECOND = """\
```yaml cause=limit-missing
title: 'There is no limit'
when: limit-is-gone
advice: Write one.
escalate: Somebody must decide.
%s
```

## Solution
"""


def _guide(more: str = "") -> Guide:
    return parse_guide(SLUG, f"{SLUG}.md", GUIDE.replace("## Solution\n", SECOND % more))


@pytest.mark.parametrize(
    ("known", "causes", "result"),
    [
        ({"limit-is-zero": True, "limit-is-gone": False}, ("limit-too-low",), Result.MATCHED),
        ({"limit-is-zero": True, "limit-is-gone": True}, ("limit-too-low", "limit-missing"), Result.AMBIGUOUS),
        ({"limit-is-zero": False, "limit-is-gone": False, "refused": False}, (), Result.NOT_THIS),
        ({"limit-is-zero": False, "refused": False}, (), Result.INCONCLUSIVE),
        ({"limit-is-zero": True}, ("limit-too-low",), Result.MATCHED),
    ],
)
def test_a_result_says_what_is_known(known: dict[str, Value], causes: tuple[str, ...], result: Result) -> None:
    assert decide(_guide(), known) == (causes, result)


def test_a_cause_that_explains_another_stands_alone() -> None:
    known: dict[str, Value] = {"limit-is-zero": True, "limit-is-gone": True}
    assert decide(_guide("explains: [limit-too-low]"), known) == (("limit-missing",), Result.MATCHED)


def test_a_fallback_stands_only_where_nothing_else_does() -> None:
    both: dict[str, Value] = {"limit-is-zero": True, "limit-is-gone": True}
    alone: dict[str, Value] = {"limit-is-zero": False, "limit-is-gone": True, "refused": False}
    assert decide(_guide("fallback: true"), both) == (("limit-too-low",), Result.MATCHED)
    assert decide(_guide("fallback: true"), alone) == (("limit-missing",), Result.MATCHED)


def test_a_signature_that_was_not_hit_is_a_no_and_a_fact_that_was_not_asked_is_open() -> None:
    assert known_values(_guide(), [], {"limit-is-zero": None}) == {"refused": False}
    assert known_values(_guide(), ["refused"], {"limit-is-zero": True}) == {"refused": True, "limit-is-zero": True}
