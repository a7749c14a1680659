"""A guide that cannot be read says which line is wrong."""

from __future__ import annotations

import pytest

from sickbay.guides.fences import InvalidGuideError
from sickbay.guides.parser import parse_guide
from tests.unit.sickbay.guides.test_lint import GOOD


def _line(text: str) -> int:
    return GOOD.splitlines().index(text) + 1


def test_a_guide_is_read_whole() -> None:
    guide = parse_guide("widget-missing", "widget-missing.md", GOOD)
    assert (guide.title, guide.front.class_, [cause.id for cause in guide.causes]) == (
        "It is missing",
        "docker",
        ["widget-missing"],
    )
    assert list(guide.sections)[:2] == ["Symptoms", "Investigation"]
    assert guide.causes[0].line == _line("```yaml cause=widget-missing")
    assert guide.causes[0].advice == "Add {name}."


def test_a_fence_knows_its_words_section_and_line() -> None:
    fence = parse_guide("x", "x.md", GOOD).fences[-1]
    assert fence.words == {"symptom": "gone", "cause": "widget-missing", "needs": "python", "exit_code": "3"}
    assert (fence.language, fence.section) == ("sh", "Evidence")
    assert fence.line == _line("```sh symptom=gone cause=widget-missing needs=python exit_code=3")


def test_a_cause_within_another_block_is_refused() -> None:
    hidden = GOOD.replace(
        "# It is missing", "# It is missing\n\n````text\n```yaml cause=x\ntitle: x\nwhen: gone\nadvice: x\n```\n````"
    )
    with pytest.raises(InvalidGuideError, match="block of its own"):
        parse_guide("x", "x.md", hidden)


@pytest.mark.parametrize(
    ("part", "broken", "line", "told"),
    [
        ("---\nguide", "guide", 1, "front matter"),
        ("severity: low", "severity: dire", 5, "severity"),
        ("severity: low", "severity: low\nsmell: bad", 6, "smell"),
        ("impact: Nothing runs.", "impcat: Nothing runs.", 9, "Did you mean 'impact'"),
        ("    strength: weak", "    strenght: weak", 20, "Did you mean 'strength'"),
        ("  - says: Nobody", "  - says: Nobody\n    whne: gone\n  - says: Nobody", 24, "Did you mean 'when'"),
        ("impact: Nothing runs.\n", "", 1, "'impact' is missing"),
        ("    strength: strong\n", "", 11, "'strength' of an entry of 'signatures' is missing"),
        ("  - id: exit-3", "  - di: exit-3", 18, "There are: id, when"),
        ("area: docker", "area: [docker", None, "not YAML"),
        ("when: exit_code == 3", "when: exit_code ==", 1, "condition"),
        ("when: gone or exit-3", "when: gone or", _line("```yaml cause=widget-missing"), "condition"),
        ("advice: Add", "advise: Add", _line("```yaml cause=widget-missing"), "widget-missing"),
        ("# It is missing", "It is missing", None, "title"),
        ("```sh symptom=gone", '```sh symptom="gone', None, "info string"),
    ],
)
def test_a_mistake_is_named_with_its_line(part: str, broken: str, line: int | None, told: str) -> None:
    with pytest.raises(InvalidGuideError, match=told) as caught:
        parse_guide("x", "x.md", GOOD.replace(part, broken, 1))
    assert str(caught.value).startswith(f"x.md:{caught.value.line}: ")
    assert line is None or caught.value.line == line
