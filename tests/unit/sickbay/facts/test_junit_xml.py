"""Test runs as JUnit XML: each failed case a text, what is hostile refused, and memory bounded."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sickbay.facts import junit_xml
from sickbay.facts.junit_xml import BEGINNING, KEPT_OF_ONE, InvalidJUnitError, facts_from_junit, is_junit
from sickbay.facts.model import Facts
from sickbay.runner import builtin_engine

_RUN = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest">
{cases}
</testsuite></testsuites>
"""


def _read(cases: str) -> Facts:
    raw = _RUN.format(cases=cases).encode()
    assert is_junit(raw[:BEGINNING])
    return facts_from_junit(io.BytesIO(raw))


def _texts(facts: Facts) -> dict[str, str]:
    return {text.name: text.data.decode() for text in facts.texts}


def test_a_real_run_becomes_a_text_for_each_failed_test(tmp_path: Path) -> None:
    (tmp_path / "test_shop.py").write_text(
        "import pytest\n"
        "@pytest.fixture\n"
        "def disk():\n"
        "    raise OSError(28, 'No space left on device')\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_order(disk, n): pass\n"
        "def test_captured():\n"
        "    print('said before'); assert 1 == 2\n"
        "def test_well(): print('nothing of this')\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", "-c", "/dev/null"]
    options = ["--rootdir", ".", "--junitxml", "run.xml", "-o", "junit_logging=all", "test_shop.py"]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run([*command, *options], cwd=tmp_path, env=environment, check=False, capture_output=True)
    facts = facts_from_junit(io.BytesIO((tmp_path / "run.xml").read_bytes()))
    texts = _texts(facts)
    assert sorted(texts) == ["test_shop::test_captured", "test_shop::test_order[1]", "test_shop::test_order[2]"]
    assert "failed on setup" in texts["test_shop::test_order[1]"]
    assert "assert 1 == 2" in texts["test_shop::test_captured"]
    assert "said before" in texts["test_shop::test_captured"]
    assert (facts.value("tests_run"), facts.value("tests_failed")) == (4, 3)
    best = builtin_engine().diagnose(facts).best
    assert best is not None
    assert best.cause == "disk-full"
    assert best.evidence[0].text == "it explains 2 of 3 test cases that failed"


def test_a_run_in_which_nothing_failed_is_healthy() -> None:
    facts = _read('<testcase classname="a" name="b"><system-out>No space left on device</system-out></testcase>')
    assert facts.texts == ()
    assert builtin_engine().diagnose(facts).verdicts == ()


def test_a_failure_that_no_guide_knows_is_unknown() -> None:
    diagnosis = builtin_engine().diagnose(_read('<testcase name="b"><failure message="1 != 2"/></testcase>'))
    assert [verdict.cause for verdict in diagnosis.verdicts] == ["unknown"]


def test_what_failed_stands_before_what_was_captured_and_colors_are_gone() -> None:
    case = (
        '<testcase classname="a" name="b"><system-out>out</system-out>'
        '<error message="went wrong">#x1B[31mred#x1B[0m</error></testcase>'
    )
    assert _texts(_read(case)) == {"a::b": "went wrong\nred\nout\n"}


def test_tests_of_one_name_are_told_apart() -> None:
    case = '<testcase classname="a" name="b"><failure>x</failure></testcase>'
    assert sorted(_texts(_read(case * 3))) == ["a::b", "a::b (2)", "a::b (3)"]


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE testsuites SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>',
    ],
)
def test_a_document_type_is_refused(prolog: str) -> None:
    raw = f'<?xml version="1.0"?>{prolog}<testsuites><testcase name="&b;"/></testsuites>'.encode()
    assert is_junit(raw)
    with pytest.raises(InvalidJUnitError, match="document type"):
        facts_from_junit(io.BytesIO(raw))


@pytest.mark.parametrize(
    "raw", [b"<testsuites><testcase", b"<testsuites></testsuite>", b"<testsuites>&nope;</testsuites>"]
)
def test_what_is_cut_off_or_broken_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidJUnitError, match="no whole XML"):
        facts_from_junit(io.BytesIO(raw))


def test_elements_within_elements_without_end_are_refused() -> None:
    with pytest.raises(InvalidJUnitError, match="nested"):
        facts_from_junit(io.BytesIO(b"<testsuites>" + b"<testsuite>" * 1000))


def test_a_tag_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(junit_xml, "_LONGEST_TAG", 1024 * 1024)
    with pytest.raises(InvalidJUnitError, match="a single tag"):
        facts_from_junit(io.BytesIO(b'<testsuites><testcase name="' + b"x" * (2 * 1024 * 1024)))


def test_of_a_long_output_the_beginning_and_the_end_are_kept() -> None:
    output = "first\n" + "x" * (5 * KEPT_OF_ONE) + "\nlast"
    (text,) = _texts(_read(f'<testcase name="b"><failure>{output}</failure></testcase>')).values()
    assert text.startswith("first\n")
    assert text.endswith("\nlast\n")
    assert "characters left out" in text
    assert len(text) < 3 * KEPT_OF_ONE


def test_beyond_the_limit_failures_are_counted_and_said_not_to_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(junit_xml, "MOST_CASES", 2)
    facts = _read('<testcase name="b"><failure>No space left on device</failure></testcase>' * 5)
    assert (len(facts.texts), facts.value("tests_failed")) == (2, 5)
    best = builtin_engine().diagnose(facts).best
    assert best is not None
    assert best.evidence[0].text == "it explains 2 of 5 test cases that failed (2 of them were read)"


@pytest.mark.parametrize(
    "beginning", [b"", b"<html>", b"see <testsuites>", b"<!---->" * 500, b"<testsuitesque>", b"<!DOCTYPE html><html>"]
)
def test_other_texts_are_not_taken_for_it(beginning: bytes) -> None:
    assert not is_junit(beginning)
