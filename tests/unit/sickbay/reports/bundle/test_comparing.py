"""Two bundles are compared by what matters: verdicts, facts, the machine, and lines that are new."""

from __future__ import annotations

from dataclasses import replace

from sickbay.reports.bundle.comparing import MOST_LINES, differences
from sickbay.reports.bundle.contents import BundledFact, BundledText
from tests.unit.sickbay.reports.bundle.test_archive import BUNDLE


def _text(data: bytes) -> BundledText:
    return BundledText(name="log", data=data, line_count=data.count(b"\n"), lines_left_out=0)


def _told(before: bytes, after: bytes) -> list[tuple[str, str, str]]:
    found = differences(replace(BUNDLE, texts=(_text(before),)), replace(BUNDLE, texts=(_text(after),)))
    return [(each.name, each.before, each.after) for each in found]


def test_a_bundle_does_not_differ_from_itself() -> None:
    assert differences(BUNDLE, BUNDLE) == ()


def test_verdicts_facts_and_environment_are_told_first() -> None:
    after = replace(
        BUNDLE,
        report={**BUNDLE.report, "verdicts": [{"cause": "disk-full", "certainty": "likely"}]},
        facts=(BundledFact(name="exit_code", value=0, source="engine"),),
        environment={"Python": "3.13"},
        variables=("PATH", "CI"),
    )
    found = differences(BUNDLE, after)
    assert [(each.heading, each.name, each.before, each.after) for each in found] == [
        ("verdicts", "disk-full", "", "likely"),
        ("facts", "exit_code", "137", "0"),
        ("facts", "image", "a:1", ""),
        ("environment", "Python", "3.11", "3.13"),
        ("variables", "CI", "", "set"),
    ]


def test_lines_that_differ_in_numbers_alone_are_the_same() -> None:
    assert _told(b"12:00 took 5 ms id=3f2a9c41\n", b"13:07 took 61 ms id=99c0ffee\n") == []


def test_new_lines_are_told_once_with_their_numbers() -> None:
    assert _told(b"start\n", b"start\nrefused 1\nrefused 2\n") == [("log:2", "", "refused 1")]


def test_many_new_lines_are_counted() -> None:
    after = b"".join(b"new %s\n" % (b"x" * number) for number in range(1, MOST_LINES + 4))
    found = _told(b"", after)
    assert len(found) == MOST_LINES + 1
    assert found[-1][2] == "3 more lines that were not there before"


def test_a_text_that_only_one_of_them_has_is_told() -> None:
    found = differences(BUNDLE, replace(BUNDLE, texts=(*BUNDLE.texts, _text(b"one\n"))))
    assert [(each.name, each.before, each.after) for each in found] == [("log", "", "1 lines")]


def _checked(**found: str) -> dict[str, object]:
    checks = [{"check": name, "state": "ok", "severity": None, "detail": detail} for name, detail in found.items()]
    return {"checks": checks}


def test_a_preflight_is_compared_but_for_its_figures() -> None:
    before = replace(BUNDLE, doctor=_checked(disk="12 GB free", engine="27.1 answers"))
    after = replace(BUNDLE, doctor=_checked(disk="9 GB free", engine="there is no socket"))
    found = [(each.heading, each.name, each.before, each.after) for each in differences(before, after)]
    assert found == [("doctor", "engine", "ok: 27.1 answers", "ok: there is no socket")]
    assert differences(BUNDLE, after) == ()
