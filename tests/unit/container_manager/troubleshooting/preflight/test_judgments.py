"""Settings, databases, and migrations of a project, judged from readings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from container_manager.troubleshooting.preflight.judgments import (
    CONFLICT,
    INCONSISTENT,
    NO_SETTINGS,
    NODE_MISSING,
    UNAPPLIED,
    CheckMessage,
    DatabaseReading,
    MigrationReading,
    StartReading,
    Trouble,
    judge_databases,
    judge_migrations,
    judge_start,
    judge_system_checks,
)
from container_manager.troubleshooting.preflight.starting import cause_of_start
from sickbay.checks import Severity
from sickbay.safety.outcome import NotMeasured, State

DATABASE = DatabaseReading(alias="default", where="db.example:5432 shop", version="PostgreSQL 15")


def test_settings_that_load_are_well_and_those_that_do_not_name_the_line() -> None:
    assert judge_start(StartReading(settings="shop.settings", django="5.2")).outcome.state is State.OK
    found = judge_start(
        StartReading(
            settings="shop.settings", error="KeyError: 'KEY'", place="settings.py:3: x", cause="env-var-missing"
        )
    )
    assert (found.outcome.state, found.cause) == (State.FAIL, "env-var-missing")
    assert found.evidence == ("KeyError: 'KEY'", "settings.py:3: x")


def test_a_project_that_names_no_settings_is_not_blamed() -> None:
    assert judge_start(StartReading(unnamed="none are named")).outcome.state is State.NOT_MEASURED


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ModuleNotFoundError("No module named 'shop'", name="shop"), NO_SETTINGS),
        (ModuleNotFoundError("No module named 'shop.settings'", name="shop.settings"), NO_SETTINGS),
        (ModuleNotFoundError("No module named 'rest'", name="rest"), "python-module-not-found"),
        (ImportError("cannot import name 'x'"), "python-import-name-error"),
        (SyntaxError("invalid syntax"), "python-syntax-error"),
        (KeyError("of no environment"), ""),
        (RuntimeError("anything"), ""),
    ],
)
def test_what_keeps_django_from_starting_has_a_cause(error: BaseException, cause: str) -> None:
    assert cause_of_start(error, "shop.settings") == cause


def test_errors_of_system_checks_are_problems_and_only_warnings_are_warnings() -> None:
    error = CheckMessage(id="shop.E001", text="it is wrong", hint="correct it", is_error=True)
    mild = CheckMessage(id="shop.W001", text="it is odd")
    assert judge_system_checks([]).outcome.state is State.OK
    assert judge_system_checks([mild]).severity is Severity.WARNING
    found = judge_system_checks([mild, error])
    assert (found.severity, found.evidence, found.advice) == (
        Severity.PROBLEM,
        ("shop.E001: it is wrong",),
        "correct it",
    )


def test_a_database_that_answers_is_well_also_in_memory() -> None:
    assert judge_databases([DATABASE, replace(DATABASE, trouble=Trouble.IN_MEMORY)]).outcome.state is State.OK


@pytest.mark.parametrize("trouble", [Trouble.FAILED, Trouble.MISSING])
def test_a_database_that_says_no_is_a_problem_also_beside_one_that_was_not_asked(trouble: Trouble) -> None:
    sick = replace(DATABASE, trouble=trouble, detail="refused", cause="db-connection-refused")
    found = judge_databases([replace(DATABASE, trouble=Trouble.SLOW), sick])
    assert (found.outcome.state, found.cause) == (State.FAIL, "db-connection-refused")
    assert found.evidence == ("default (db.example:5432 shop): refused",)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Trouble.SLOW, NotMeasured.TIMEOUT),
        (Trouble.DENIED, NotMeasured.PERMISSION),
        (Trouble.UNKNOWN_KIND, NotMeasured.REFUSED),
    ],
)
def test_a_database_that_could_not_be_asked_is_no_failure(trouble: Trouble, reason: NotMeasured) -> None:
    assert judge_databases([DATABASE, replace(DATABASE, trouble=trouble)]).outcome.reason is reason


def test_unapplied_migrations_are_named_the_first_few() -> None:
    names = tuple(f"shop.{number:04}_step" for number in range(7))
    found = judge_migrations([MigrationReading(alias="default", unapplied=names)], [])
    assert (found.outcome.detail, found.cause) == ("7 migrations are not applied", UNAPPLIED)
    assert found.evidence == (*names[:5], "and 2 more")


@pytest.mark.parametrize(
    ("reading", "cause"),
    [
        (MigrationReading(alias="default", conflicts=("shop: 0002_a, 0002_b",)), CONFLICT),
        (MigrationReading(alias="default", inconsistent="0002 before 0001"), INCONSISTENT),
        (MigrationReading(alias="default", node_missing="0001 is not there"), NODE_MISSING),
        (MigrationReading(alias="default", broken="SyntaxError: invalid"), ""),
    ],
)
def test_a_graph_that_does_not_hold_together_has_a_cause(reading: MigrationReading, cause: str) -> None:
    found = judge_migrations([reading], [])
    assert (found.outcome.state, found.cause) == (State.FAIL, cause)


def test_migrations_of_a_database_that_was_not_read_follow_it() -> None:
    found = judge_migrations([], ["default"])
    assert (found.outcome.state, found.follows) == (State.NOT_MEASURED, "database")
    assert judge_migrations([MigrationReading(alias="default", applied=9)], []).outcome.state is State.OK
