"""The page tells of every rule, and names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from sickbay.safety.plan import check_plan, plan_of

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs" / "safety.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


def test_every_rule_has_its_state() -> None:
    states = re.findall(r"^### (\d+)\. .+: (met|partly|not yet)$", PAGE, re.MULTILINE)
    assert [int(number) for number, _ in states] == list(range(1, 24))
    table = re.findall(r"^\| (\d+) \| .+ \| (met|partly|not yet) \|$", PAGE, re.MULTILINE)
    assert table == states


def test_what_is_met_names_its_tests() -> None:
    for part in PAGE.split("\n### ")[1:]:
        if re.match(r"\d+\. .+: (?:met|partly)\n", part):
            assert "::" in part, part[:60]


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_is_named_exists(file: str, name: str) -> None:
    assert re.search(rf"^(?:def|class) {name}\b", (ROOT / file).read_text(), re.MULTILINE)


def test_the_plan_that_is_shown_may_be_proposed() -> None:
    [shown] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    plan = plan_of(msgspec.json.decode(shown))
    check_plan(plan, plan.target)
