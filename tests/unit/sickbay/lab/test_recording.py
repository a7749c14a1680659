"""A proof is written into the guide's front matter, once, and nothing else of the guide changes."""

from __future__ import annotations

import datetime

from sickbay.guides.parser import parse_guide
from sickbay.lab.recording import with_record
from tests.guides.proving import GUIDE, SLUG

DAY = datetime.date(2026, 11, 22)


def test_the_record_is_read_back_as_it_was_written() -> None:
    text = with_record(GUIDE, date=DAY, versions={"python": "3.11.2", "docker-cli": "28.2.2"}, passed=True)
    tested = parse_guide(SLUG, f"{SLUG}.md", text).front.tested
    assert tested is not None
    assert (tested.date, tested.result) == (DAY, "passed")
    assert tested.versions == {"python": "3.11.2", "docker-cli": "28.2.2"}


def test_a_new_record_takes_the_place_of_the_old_one() -> None:
    once = with_record(GUIDE, date=DAY, versions={"python": "3.11.2"}, passed=True)
    later = datetime.date(2026, 12, 1)
    assert with_record(once, date=later, versions={"python": "3.13.1"}, passed=False) == with_record(
        GUIDE, date=later, versions={"python": "3.13.1"}, passed=False
    )


def test_everything_else_stays_as_it_was() -> None:
    text = with_record(GUIDE, date=DAY, versions={}, passed=True)
    lines = text.splitlines()
    lines.remove("tested: {date: 2026-11-22, versions: {}, result: passed}")
    assert lines == GUIDE.splitlines()
