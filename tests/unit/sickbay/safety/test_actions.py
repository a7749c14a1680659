from __future__ import annotations

from dataclasses import MISSING, fields, replace

import pytest

from sickbay.safety.actions import Action, Change, ForbiddenActionError, Registry, UnknownActionError
from sickbay.safety.effects import Effect, Environment, Reach, Resource, Verb
from tests.unit.sickbay.safety.made import COLLECT, LOOK, NO_CHANGE, RESTART

CHANGING = [Verb.CREATE, Verb.CHANGE, Verb.START, Verb.RESTART]
EVERYWHERE_ELSE = frozenset({Environment.DEVELOPMENT, Environment.STAGING})


def _changing(verb: Verb, resource: Resource, environments: frozenset[Environment]) -> Action:
    return replace(RESTART, verb=verb, resource=resource, environments=environments)


def test_no_verb_takes_anything_away() -> None:
    assert set(Verb) == {"look", "create", "change", "start", "restart"}


@pytest.mark.parametrize("verb", CHANGING)
@pytest.mark.parametrize("resource", [each for each in Resource if each.holds_data])
def test_data_cannot_be_changed_in_production(verb: Verb, resource: Resource) -> None:
    with pytest.raises(ForbiddenActionError, match="production data is never changed"):
        Registry([_changing(verb, resource, frozenset(Environment))])


@pytest.mark.parametrize("resource", [each for each in Resource if each.holds_data])
def test_data_may_be_changed_elsewhere(resource: Resource) -> None:
    Registry([_changing(Verb.CHANGE, resource, EVERYWHERE_ELSE)])


@pytest.mark.parametrize("verb", CHANGING)
@pytest.mark.parametrize("environment", list(Environment))
def test_logs_are_changed_nowhere(verb: Verb, environment: Environment) -> None:
    with pytest.raises(ForbiddenActionError, match="only read"):
        Registry([_changing(verb, Resource.LOG, frozenset({environment}))])


@pytest.mark.parametrize("verb", CHANGING)
def test_what_changes_something_cannot_declare_that_it_only_looks(verb: Verb) -> None:
    with pytest.raises(ForbiddenActionError, match="at least"):
        Registry([replace(LOOK, verb=verb)])


def test_a_restart_cannot_declare_that_it_disturbs_nobody() -> None:
    with pytest.raises(ForbiddenActionError, match="at least disruptive"):
        Registry([replace(RESTART, effect=Effect.REVERSIBLE)])


def test_what_cannot_be_undone_cannot_be_registered() -> None:
    with pytest.raises(ForbiddenActionError, match="only ever done by a person"):
        Registry([replace(RESTART, effect=Effect.DESTRUCTIVE)])


def test_a_change_needs_its_four_parts() -> None:
    with pytest.raises(ForbiddenActionError, match="dry run, apply, undo, and verify"):
        Registry([replace(RESTART, change=None)])
    assert {each.name for each in fields(Change) if each.default is MISSING} == {"dry_run", "apply", "undo", "verify"}


def test_what_collects_changes_nothing() -> None:
    with pytest.raises(ForbiddenActionError, match="does not collect"):
        Registry([replace(RESTART, collects=True)])


def test_what_looks_brings_no_change() -> None:
    with pytest.raises(ForbiddenActionError, match="brings no change"):
        Registry([replace(LOOK, change=NO_CHANGE)])


def test_an_effect_must_be_declared() -> None:
    with pytest.raises(TypeError, match="effect"):
        Action(name="x", verb=Verb.LOOK, resource=Resource.HOST)  # type: ignore[call-arg]  # that is the point


def test_an_action_cannot_be_replaced() -> None:
    with pytest.raises(ForbiddenActionError, match="already"):
        Registry([LOOK, LOOK])


def test_what_is_not_registered_does_not_exist() -> None:
    with pytest.raises(UnknownActionError):
        Registry([LOOK])["rm"]


def test_the_mildest_action_comes_first() -> None:
    wide = replace(RESTART, name="all", reach=Reach.MANY_HOSTS)
    narrow = replace(RESTART, name="one", reach=Reach.ONE_OBJECT)
    gentle = replace(RESTART, name="edit", verb=Verb.CHANGE, effect=Effect.REVERSIBLE, reach=Reach.MANY_HOSTS)
    assert Registry([wide, narrow, gentle, COLLECT]).mildest_first() == [COLLECT, gentle, narrow, wide]
