"""The report as JUnit XML, read as CI systems read it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from sickbay.reports.junit_report import junit_of

from . import cases

CLASSES = {"system", "configuration", "docker", "resource", "network"}


def _suite(name: str) -> ET.Element:
    root = ET.fromstring(junit_of(cases.ALL[name]()).encode())
    assert root.tag == "testsuites"
    (suite,) = root
    for key in ("tests", "failures", "errors", "skipped"):
        assert root.get(key) == suite.get(key)
    return suite


@pytest.mark.parametrize("name", cases.ALL)
def test_the_counts_are_those_of_the_tests(name: str) -> None:
    suite = _suite(name)
    tests = suite.findall("testcase")
    assert suite.get("tests") == str(len(tests))
    for kind, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert suite.get(count) == str(len(suite.findall(f"testcase/{kind}")))
    assert all(test.get("name") and str(test.get("classname")).startswith("sickbay.") for test in tests)
    assert len({(test.get("classname"), test.get("name")) for test in tests}) == len(tests)


def test_a_problem_is_a_failure_with_its_place_and_what_helps() -> None:
    suite = _suite("sick")
    (test,) = [test for test in suite.findall("testcase") if test.find("failure") is not None]
    assert (test.get("classname"), test.get("name")) == ("sickbay.resource", "disk-full")
    assert (test.get("file"), test.get("line")) == ("logs/job.log", "400")
    failure = test.find("failure")
    assert failure is not None
    assert "is full (likely)" in str(failure.get("message"))
    assert cases.FULL_DISK in str(failure.text)
    assert "What helps: " in str(failure.text)
    passed = {str(each.get("classname")) for each in suite.findall("testcase") if len(each) == 0}
    assert passed == {f"sickbay.{name}" for name in CLASSES - {"resource"}}


def test_the_healthy_passes_in_every_class() -> None:
    suite = _suite("healthy")
    assert {str(test.get("classname")) for test in suite.findall("testcase")} == {f"sickbay.{name}" for name in CLASSES}
    assert suite.findall("testcase/*") == []


def test_the_unknown_is_an_error_at_the_last_line_that_was_looked_at() -> None:
    (test,) = [test for test in _suite("unknown").findall("testcase") if test.find("error") is not None]
    assert (test.get("name"), test.get("line")) == ("the cause is known", "2")
    assert "quux gave up" in str(test.findtext("error"))


def test_what_is_only_possible_turns_nothing_red() -> None:
    suite = _suite("possible")
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("0", "0", "1")


def test_a_hostile_text_is_text() -> None:
    suite = _suite("hostile")
    assert "<script>alert(2)</script>" in str(suite.findtext("testcase/failure"))
    assert suite.get("name") == "sickbay: </title><script>`|.log"
