from __future__ import annotations

import json

import pytest

from container_manager.runspec.relaxations import check_hardening
from container_manager.runspec.spec import Hardening
from container_manager.validation.problems import Problems
from tests.unit.container_manager.runspec.told import told

PROFILE = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}


def hardening_of(**fields: object) -> Hardening:
    problems = Problems()
    hardening = check_hardening(fields, problems)
    problems.raise_if_any()
    return hardening


@pytest.mark.parametrize("given", [PROFILE, json.dumps(PROFILE), json.dumps(PROFILE, indent=2)])
def test_a_profile_is_a_dictionary_or_the_same_as_json(given: object) -> None:
    stored = hardening_of(seccomp_profile=given).seccomp_profile
    assert stored is not None
    assert json.loads(stored) == PROFILE


@pytest.mark.parametrize(
    "given",
    [
        "/etc/profile.json",
        "{",
        "[]",
        "7",
        7,
        {},
        {"defaultAction": 1},
        {"defaultAction": "ALLOW"},
        {"defaultAction": "SCMP_ACT_ALLOW", "x": float("nan")},
        {"defaultAction": "SCMP_ACT_ALLOW", "x": object()},
    ],
)
def test_what_is_no_profile_is_told(given: object) -> None:
    assert told(check_hardening, seccomp_profile=given).keys() == {"seccomp_profile"}


@pytest.mark.parametrize("field", ["seccomp_profile", "apparmor_profile"])
def test_unconfined_needs_a_word_of_its_own(field: str) -> None:
    assert "allow_unconfined=True" in told(check_hardening, **{field: "unconfined"})[field]
    assert getattr(hardening_of(**{field: "unconfined", "allow_unconfined": True}), field) == "unconfined"


def test_allowing_what_nobody_asks_for_is_told() -> None:
    assert told(check_hardening, allow_unconfined=True).keys() == {"allow_unconfined"}


def test_an_apparmor_profile_is_a_name() -> None:
    assert hardening_of(apparmor_profile="docker-default").apparmor_profile == "docker-default"
    assert told(check_hardening, apparmor_profile="profile x { }").keys() == {"apparmor_profile"}


def test_capabilities_are_dropped_by_name_or_all_together() -> None:
    assert hardening_of(drop_capabilities=["CAP_KILL", "chown"]).drop_capabilities == ("CHOWN", "KILL")
    hardening = hardening_of(drop_capabilities=["ALL"], add_capabilities=["CHOWN"])
    assert (hardening.drop_capabilities, hardening.add_capabilities) == (("ALL",), ("CHOWN",))


def test_a_capability_is_not_both_added_and_dropped() -> None:
    fixes = told(check_hardening, drop_capabilities=["CHOWN"], add_capabilities=["CHOWN"])
    assert fixes == {"drop_capabilities": "Name it once."}
