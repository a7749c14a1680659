from __future__ import annotations

from dataclasses import fields, replace

import pytest

from sickbay.safety.approvals import (
    APPROVAL_SECONDS,
    Actor,
    Approval,
    ApprovalError,
    Proposal,
    approve,
    check_approval,
)
from sickbay.safety.effects import Effect, Environment, Resource, Target, Verb
from sickbay.safety.plan import InvalidPlanError, Plan, check_plan, plan_document, plan_of
from tests.unit.sickbay.safety.made import AGENT, ALICE, BOB, TARGET, at, plan

NOBODY_USED = frozenset[str]()


def _approved(approver: Actor = BOB, proposer: Actor = AGENT) -> Approval:
    proposal = Proposal(digest=plan().digest(), session="s1", proposer=proposer)
    return approve(plan(), proposal, approver=approver, now=at(100), new_id="a1")


def _check(approval: Approval, **changed: object) -> None:
    fields_ = {"session": "s1", "now": at(101), "used": NOBODY_USED} | changed
    check_approval(approval, fields_.pop("plan", plan()), **fields_)  # type: ignore[arg-type]  # the fields above


def test_an_approval_holds_for_its_plan() -> None:
    _check(_approved())


def _one_change_each() -> list[Plan]:
    step = plan().steps[0]
    return [
        plan(cause="worker-hangz"),
        plan(target=Target(name="weB", environment=TARGET.environment)),
        plan(target=Target(name="web", environment=Environment.DEVELOPMENT)),
        plan(backup="its setting"),
        plan(impact=()),
        plan(impact=("job 18",)),
        plan(folder="/srv"),
        plan(guide="worker-hangs 1"),
        plan(verification=("true",)),
        plan(tried="nowhere"),
        plan(steps=(step, step)),
        plan(steps=(replace(step, arguments=("web2",)),)),
        plan(steps=(replace(step, arguments=("we", "b")),)),
        plan(steps=(replace(step, undo="start it"),)),
        plan(steps=(replace(step, resource=Resource.CONTAINER),)),
    ]


@pytest.mark.parametrize("changed", _one_change_each())
def test_a_plan_with_one_change_is_not_the_one_approved(changed: Plan) -> None:
    with pytest.raises(ApprovalError, match="not the one that was approved"):
        _check(_approved(), plan=changed)


def test_every_field_of_a_plan_is_in_its_digest() -> None:
    assert set(plan_document(plan())) == {each.name for each in fields(Plan)}
    assert set(plan_document(plan())["steps"][0]) == {each.name for each in fields(plan().steps[0])}


def test_an_approval_is_used_once() -> None:
    with pytest.raises(ApprovalError, match="has been used"):
        _check(_approved(), used=frozenset({"a1"}))


@pytest.mark.parametrize("now", [at(100 + APPROVAL_SECONDS), at(99), at(101, boot="b2")])
def test_an_approval_expires(now: object) -> None:
    with pytest.raises(ApprovalError, match="older"):
        _check(_approved(), now=now)


def test_an_approval_belongs_to_its_session() -> None:
    with pytest.raises(ApprovalError, match="another session"):
        _check(_approved(), session="s2")


@pytest.mark.parametrize("proposer", [AGENT, ALICE])
def test_an_agent_may_only_propose(proposer: Actor) -> None:
    with pytest.raises(ApprovalError, match="only propose"):
        _approved(approver=Actor(kind=AGENT.kind, name="other"), proposer=proposer)


def test_nobody_approves_what_they_proposed() -> None:
    with pytest.raises(ApprovalError, match="somebody else"):
        _approved(approver=BOB, proposer=BOB)


def test_a_forged_approval_of_an_agent_does_not_hold() -> None:
    with pytest.raises(ApprovalError, match="another person"):
        _check(replace(_approved(), approver=AGENT))


def test_another_plan_than_the_proposed_one_is_not_approved() -> None:
    proposal = Proposal(digest=plan(cause="other").digest(), session="s1", proposer=AGENT)
    with pytest.raises(ApprovalError, match="not the plan that was proposed"):
        approve(plan(), proposal, approver=BOB, now=at(100), new_id="a1")


def test_a_plan_whose_impact_nobody_looked_at_is_not_approved() -> None:
    unknown = plan(impact=None)
    proposal = Proposal(digest=unknown.digest(), session="s1", proposer=AGENT)
    with pytest.raises(InvalidPlanError, match="what depends on"):
        approve(unknown, proposal, approver=BOB, now=at(100), new_id="a1")


def test_a_plan_comes_back_from_its_document() -> None:
    for each in (plan(), plan(impact=None)):
        assert plan_of(plan_document(each)) == each


@pytest.mark.parametrize(
    "changed", [{"minutes": 60}, {"steps": [{"action": "x"}]}, {"impact": "none"}, {"cause": 1}, {"target": None}]
)
def test_what_is_no_plan_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(InvalidPlanError, match="no plan"):
        plan_of(plan_document(plan()) | changed)


def test_an_effect_of_no_known_name_is_refused() -> None:
    document = plan_document(plan())
    document["steps"][0]["effect"] = "harmless"
    with pytest.raises(InvalidPlanError, match="HARMLESS"):
        plan_of(document)


def _bad_steps() -> list[tuple[str, object]]:
    step = plan().steps[0]
    return [
        ("only ever done by a person", replace(step, effect=Effect.DESTRUCTIVE)),
        ("only read", replace(step, resource=Resource.LOG)),
        ("at least disruptive", replace(step, effect=Effect.REVERSIBLE)),
        ("how it is taken back", replace(step, undo=" ")),
    ]


@pytest.mark.parametrize(("why", "step"), _bad_steps())
def test_a_plan_with_a_forbidden_step_is_refused(why: str, step: object) -> None:
    with pytest.raises(InvalidPlanError, match=why):
        check_plan(plan(steps=(step,)), TARGET)


def test_a_plan_that_changes_production_data_is_refused() -> None:
    production = Target(name="web", environment=Environment.PRODUCTION)
    step = replace(plan().steps[0], verb=Verb.CHANGE, resource=Resource.DATABASE)
    with pytest.raises(InvalidPlanError, match="production data"):
        check_plan(plan(steps=(step,), target=production), production)


def test_a_plan_for_another_target_is_refused() -> None:
    with pytest.raises(InvalidPlanError, match="the plan is for web"):
        check_plan(plan(), Target(name="db"))


@pytest.mark.parametrize(("changed", "why"), [({"steps": ()}, "no steps"), ({"backup": ""}, "backed up")])
def test_a_plan_without_steps_or_backup_is_refused(changed: dict[str, object], why: str) -> None:
    with pytest.raises(InvalidPlanError, match=why):
        check_plan(plan(**changed), TARGET)
