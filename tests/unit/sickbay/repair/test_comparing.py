from __future__ import annotations

from dataclasses import replace

import pytest

from sickbay.repair.comparing import Seen, differences, judge, why_nothing_to_prove

SICK = Seen(facts={"there": False, "size": 3.0}, causes=("missing",), proofs={"reads": False, "serves": True})
WELL = Seen(facts={"there": True, "size": 9.0}, proofs={"reads": True, "serves": True})


def test_the_symptom_is_gone_and_nothing_new_appeared() -> None:
    assert judge("missing", SICK, WELL).is_repaired


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (replace(WELL, causes=("missing",)), "missing still holds"),
        (replace(WELL, undecided=frozenset({"missing"})), "whether missing still holds cannot be told"),
        (replace(WELL, proofs={"reads": False, "serves": True}), "the verification reads fails"),
        (replace(WELL, proofs={"reads": None, "serves": True}), "the verification reads could not be asked"),
    ],
)
def test_what_remains_is_no_success(after: Seen, reason: str) -> None:
    judged = judge("missing", SICK, after)
    assert (judged.remains, judged.appeared) == ((reason,), ())


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (replace(WELL, causes=("full",)), "full holds now, and did not before"),
        (replace(WELL, proofs={"reads": True, "serves": False}), "the verification serves held before, and fails now"),
        (replace(WELL, facts={"there": None}), "there could be asked before, and cannot be now"),
        (replace(WELL, undecided=frozenset({"full"})), "whether full holds cannot be told any more"),
    ],
)
def test_what_appeared_is_no_success(after: Seen, reason: str) -> None:
    judged = judge("missing", SICK, after)
    assert (judged.remains, judged.appeared) == ((), (reason,))


def test_what_was_so_before_is_not_new() -> None:
    before = replace(SICK, causes=("missing", "full"), undecided=frozenset({"slow"}))
    assert judge("missing", before, replace(WELL, causes=("full",), undecided=frozenset({"slow"}))).is_repaired


def test_a_proof_must_fail_before() -> None:
    assert why_nothing_to_prove(SICK) == ""
    assert "holds already" in why_nothing_to_prove(WELL)
    assert "could not be asked (reads)" in why_nothing_to_prove(replace(SICK, proofs={"reads": None}))


def test_differences_are_told_and_numbers_vary_by_themselves() -> None:
    assert differences(SICK, WELL) == ("there was no and is yes", "reads was no and is yes")
    assert differences(SICK, replace(SICK, facts={"there": None, "size": 4.0})) == ("there was no and is not known",)
    assert differences(SICK, SICK) == ()
