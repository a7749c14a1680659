"""A new guide is whole in form: only what a person must fill in is left to say."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from sickbay.facts.vocabulary import VOCABULARY
from sickbay.guides.lint import lint_paths
from sickbay.guides.model import SECTIONS
from sickbay.guides.parser import parse_guide
from sickbay.guides.template import MARK, new_guide

TODAY = datetime.date(2026, 11, 22)


def test_only_its_marks_are_reported_each_with_its_line(tmp_path: Path) -> None:
    text = new_guide("widgets/widget-missing", TODAY)
    path = tmp_path / "widget-missing.md"
    path.write_text(text, encoding="utf-8")
    report = lint_paths([path], VOCABULARY)
    marked = [number for number, line in enumerate(text.splitlines(), start=1) if MARK in line]
    assert [problem.line for problem in report.problems] == marked
    assert all(problem.message.startswith("Not filled in yet") for problem in report.problems)
    assert report.unproved == ()


def test_it_has_every_section_and_every_kind_of_part() -> None:
    guide = parse_guide("widget-missing", "x.md", new_guide("widgets/widget-missing", TODAY))
    parts = guide.parts
    assert tuple(guide.sections) == SECTIONS
    assert (guide.front.area, guide.front.created) == ("widgets", TODAY)
    assert all([parts.probes, parts.steps, parts.verifications, parts.guards, parts.reproductions, parts.symptoms])
    assert parts.flaws == ()


@pytest.mark.parametrize("name", ["widget", "a/b/c", "A/b", "a/b_c", "../b", "a/..", "/a", "a/", ""])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not like"):
        new_guide(name, TODAY)
