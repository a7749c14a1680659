"""The project's Python, judged from what it says of itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sickbay.checks.interpreter import BROKEN, MISSING, TOO_OLD, UNFIT, PythonReading, judge_python, judge_silence
from sickbay.safety.outcome import NotMeasured, Outcome, State, not_measured

PYTHON = Path("/srv/shop/.venv/bin/python")
FIT = PythonReading(
    version=(3, 12, 1),
    prefix="/srv/shop/.venv",
    is_virtual=True,
    packages=40,
    compared=True,
    damaged=(),
    missing=(),
    unfit=(),
)


def test_a_python_whose_packages_fit_is_well() -> None:
    found = judge_python(PYTHON, FIT)
    assert (found.outcome.state, found.outcome.detail) == (
        State.OK,
        "Python 3.12.1 (/srv/shop/.venv), 40 packages, which fit",
    )


def test_what_could_not_be_compared_is_not_said_to_fit() -> None:
    found = judge_python(PYTHON, replace(FIT, compared=False))
    assert found.outcome.state is State.OK
    assert "not compared" in found.outcome.detail


def test_each_trouble_has_its_cause() -> None:
    causes = {
        TOO_OLD: replace(FIT, version=(3, 9, 2)),
        BROKEN: replace(FIT, damaged=("shop-1.0.dist-info",)),
        MISSING: replace(FIT, missing=("shop 1.0 needs rich, which is not installed",)),
        UNFIT: replace(FIT, unfit=("shop 1.0 needs rich>=13, and 12.0 is installed",)),
    }
    for cause, reading in causes.items():
        found = judge_python(PYTHON, reading)
        assert (found.outcome.state, found.cause) == (State.FAIL, cause)


def test_a_python_that_was_not_started_is_not_said_to_be_broken() -> None:
    outcome = not_measured(NotMeasured.NOT_ENFORCED, "this kernel cannot confine it")
    assert judge_silence(PYTHON, outcome, "").outcome is outcome


def test_a_python_that_ends_with_a_complaint_is_broken() -> None:
    outcome = Outcome(state=State.INCONCLUSIVE, detail="it ended with exit code 1")
    found = judge_silence(PYTHON, outcome, "Fatal Python error\nno module named encodings\n")
    assert found.cause == BROKEN
    assert found.evidence[-1] == "no module named encodings"
