from __future__ import annotations

from itertools import product

import pytest

from container_manager.scheduling.policy import After
from container_manager.scheduling.waits import Ends, Prospect, overall, prospect

COMPLETED = Ends()
OPEN = Ends(any_open=True)
FAILED = Ends(any_failed=True)
CANCELLED = Ends(any_cancelled=True)


@pytest.mark.parametrize(
    ("ends", "success", "failure", "either"),
    [
        (OPEN, "open", "open", "open"),
        (COMPLETED, "met", "impossible", "met"),
        (FAILED, "impossible", "met", "met"),
        (CANCELLED, "impossible", "impossible", "met"),
        # Arrays: some of each.
        (Ends(any_open=True, any_failed=True), "impossible", "open", "open"),
        (Ends(any_open=True, any_cancelled=True), "impossible", "open", "open"),
        (Ends(any_failed=True, any_cancelled=True), "impossible", "met", "met"),
    ],
)
def test_how_a_dependency_stands(ends, success, failure, either) -> None:
    assert prospect(After.SUCCESS, ends) == success
    assert prospect(After.FAILURE, ends) == failure
    assert prospect(After.EITHER, ends) == either


def test_what_is_over_is_never_open() -> None:
    for after, failed, cancelled in product(After, (False, True), (False, True)):
        assert prospect(after, Ends(any_failed=failed, any_cancelled=cancelled)) is not Prospect.OPEN


def test_one_hopeless_dependency_is_enough_and_all_must_be_met() -> None:
    assert overall([]) is Prospect.MET
    assert overall([Prospect.MET, Prospect.MET]) is Prospect.MET
    assert overall([Prospect.MET, Prospect.OPEN]) is Prospect.OPEN
    assert overall([Prospect.OPEN, Prospect.IMPOSSIBLE]) is Prospect.IMPOSSIBLE
