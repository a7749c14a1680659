"""Facts and proofs are read out of answers in three values: yes, no, could not ask."""

from __future__ import annotations

import pytest

from sickbay.guides.answers import CommandAnswer, meets, read_facts
from sickbay.guides.conditions import Value
from sickbay.guides.model import Input
from sickbay.guides.parser import parse_guide
from sickbay.guides.parts import Expect, Match
from tests.unit.sickbay.guides.sample import SAMPLE

PROBES = {probe.id: probe for probe in parse_guide("x", "x.md", SAMPLE).parts.probes}


@pytest.mark.parametrize(
    ("probe", "answer", "facts"),
    [
        ("file", CommandAnswer(exit_code=0), {"widget-there": True}),
        ("file", CommandAnswer(exit_code=1), {"widget-there": False}),
        ("file", CommandAnswer(exit_code=127, errors="test: not found"), {"widget-there": None}),
        ("example", CommandAnswer(exit_code=0, output="yes\n"), {"example-there": True}),
        ("example", CommandAnswer(exit_code=0, output="perhaps\n"), {"example-there": None}),
        ("size", CommandAnswer(exit_code=0, output="  12 widget.conf\n"), {"widget-bytes": 12.0}),
        ("size", CommandAnswer(exit_code=1, errors="wc: no such file"), {"widget-bytes": None}),
    ],
)
def test_a_fact_is_yes_no_or_could_not_be_asked(
    probe: str, answer: CommandAnswer, facts: dict[str, Value | None]
) -> None:
    assert read_facts(PROBES[probe], answer) == facts


@pytest.mark.parametrize(
    ("match", "text", "printed", "met"),
    [
        ("exact", "1\n", "1\n", True),
        ("exact", "1", "11", False),
        ("exact", "$FILE", "a.b", True),
        ("glob", "listen *", "listen 8000", True),
        ("glob", "$FILE*", "a.bc", True),
        ("glob", "$FILE", "axb", False),
        ("regex", "^$FILE$", "first\na.b\nlast", True),
        ("regex", "^$FILE$", "axb", False),
        ("regex", "listening", "", False),
    ],
)
def test_a_verification_holds_when_it_prints_what_is_expected(match: Match, text: str, printed: str, met: bool) -> None:
    expect = Expect(id="x", text=text, match=match, line=1)
    inputs = {"FILE": Input(pattern=".*", default="a.b")}
    assert meets(expect, CommandAnswer(exit_code=0, output=printed), inputs) is met


def test_a_command_that_failed_proves_nothing_whatever_it_printed() -> None:
    expect = Expect(id="x", text="1", match="exact", line=1)
    assert not meets(expect, CommandAnswer(exit_code=1, output="1"))
