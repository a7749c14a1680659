"""The look that would decide, at the least cost."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sickbay.diagnosis.verdict import NextProbe
from sickbay.guides.model import Guide
from tests.unit.sickbay.diagnosis.made import diagnosed, guide

_NUMBER = """
```sh probe=size timeout=1
wc -c file
```

```yaml facts=size
size:
  value: '(?P<value>\\d+)'
```
"""


def _next(*guides: Guide, text: str = "SURE x", **context: object) -> NextProbe:
    probe = diagnosed(*guides, text=text, **context).next_probe
    assert probe is not None
    return probe


def test_between_two_causes_the_look_that_they_disagree_about_is_named_with_what_each_answer_means() -> None:
    one = guide("g", "dir: when: sure and there\nnone: when: sure and not there", probes="there=2")
    probe = _next(one)
    assert (probe.guide, probe.probe, probe.command, probe.seconds) == ("g", "there", "test -d there", 2)
    assert [(each.says, each.cause, each.decides) for each in probe.answers] == [
        ("there = true", "dir", True),
        ("there = false", "none", True),
    ]


def test_of_two_looks_that_decide_the_quicker_one_is_named() -> None:
    causes = "one: when: sure and far and near\nother: when: sure and not far and not near"
    assert _next(guide("g", causes, probes="far=9 near=1")).probe == "near"
    assert _next(guide("g", causes, probes="far=1 near=9")).probe == "far"


def test_a_look_that_decides_whatever_it_answers_comes_before_a_quicker_one_that_may_not() -> None:
    causes = "one: when: sure and there\nother: when: sure and not there and not rare"
    assert _next(guide("g", causes, probes="rare=1 there=5")).probe == "there"


def test_a_tie_between_guides_is_decided_by_the_look_of_either() -> None:
    guides = guide("g", "one: when: sure or there", probes="there=2"), guide("h", "other: when: sure")
    probe = _next(*guides)
    assert probe.guide == "g"
    assert [(each.says, each.cause) for each in probe.answers] == [("there = true", "one"), ("there = false", "other")]


def test_what_was_asked_already_is_not_asked_again() -> None:
    causes = "one: when: sure and near and far\nother: when: sure and not near"
    one = guide("g", causes, probes="near=1 far=2")
    assert _next(one).probe == "near"
    assert _next(one, learned={"g/near": True}).probe == "far"


def test_a_look_that_no_cause_asks_about_decides_nothing() -> None:
    one = guide("g", "one: when: sure\nother: when: sure", probes="there=2")
    assert diagnosed(one, text="SURE x").next_probe is None


def test_a_look_whose_every_answer_leads_to_the_same_cause_decides_nothing() -> None:
    guides = (
        guide("g", "it: when: hint and not there or hint and there", probes="there=2"),
        guide("h", "x: when: state"),
    )
    assert diagnosed(*guides, text="HINT").next_probe is None


def test_a_number_is_tried_around_what_it_is_compared_with() -> None:
    one = guide("g", "empty: when: sure and size == 0\nlarge: when: sure and size > 100", body=_NUMBER)
    answers = {each.says: each.cause for each in _next(one).answers}
    assert answers["size = 0"] == "empty"
    assert answers["size = 101"] == "large"
    assert answers["size = 1"] == ""


def test_where_a_cause_is_clearly_ahead_no_look_is_named() -> None:
    guides = guide("g", "it: when: sure or there", probes="there=2"), guide("h", "x: when: hint")
    assert diagnosed(*guides, text="SURE x\nHINT").next_probe is None


def test_a_single_faint_cause_is_asked_about_too() -> None:
    probe = _next(guide("g", "it: when: hint or there", probes="there=2"), text="HINT")
    assert [(each.says, each.cause) for each in probe.answers] == [("there = true", "it"), ("there = false", "")]


def test_where_no_cause_can_be_named_a_look_that_one_waits_for_is_named() -> None:
    probe = _next(guide("g", "it: when: hint and there", probes="there=2"), text="HINT", exit_code=1)
    assert [(each.says, each.cause) for each in probe.answers] == [("there = true", "it"), ("there = false", "")]


def test_an_input_with_a_default_is_filled_in() -> None:
    look = "```sh probe=there timeout=1\ntest -d $FOLDER\n```\n\n```yaml facts=there\nthere:\n  when: exit_code == 0\n"
    body = f"{look}  unless: exit_code == 1\n```\n"
    for options, command in (("default: 'a b'", "test -d 'a b'"), ("default: x, secret: true", "test -d $FOLDER")):
        more = f"inputs:\n  FOLDER: {{pattern: '[a-z ]+', {options}}}\n"
        one = guide("g", "one: when: sure and there\nother: when: sure and not there", more=more, body=body)
        assert _next(one).command == command


def test_a_look_that_is_a_function_has_no_command() -> None:
    body = "```yaml probe=there python=looks:there\n```\n\n```yaml facts=there\nthere:\n  when: output == 'y'\n"
    one = guide(
        "g", "one: when: sure and there\nother: when: sure and not there", body=f"{body}  unless: output == 'n'\n```\n"
    )
    assert (_next(one).probe, _next(one).command) == ("there", "")


def test_a_guide_whose_body_cannot_be_read_has_no_looks() -> None:
    one = replace(guide("g", "one: when: sure\nother: when: sure", probes="there=2"), body="There is no heading.")
    assert diagnosed(one, text="SURE x").next_probe is None


@pytest.mark.parametrize("text", ["SURE x", "all is well"])
def test_a_plain_diagnosis_reads_no_markdown(text: str) -> None:
    program = (
        "import sys\n"
        "from tests.unit.sickbay.diagnosis.made import facts\n"
        "from sickbay.guides.library import builtin_guides\n"
        "from sickbay.runner import Engine\n"
        f"Engine(builtin_guides()).diagnose(facts({text!r}))\n"
        "sys.exit('markdown_it' in sys.modules)\n"
    )
    root = Path(__file__).resolve().parents[4]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0
