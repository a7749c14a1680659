"""Approvals: of exactly one plan, in one session, for a while, once. Pure."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum

from sickbay.safety.budget import Moment
from sickbay.safety.plan import Plan, check_plan

APPROVAL_SECONDS = 10 * 60.0
"""How long an approval may be used."""


class ApprovalError(PermissionError):
    """An approval is not given, or does not hold."""


class ActorKind(StrEnum):
    """Who acts."""

    PERSON = "person"
    AGENT = "agent"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Somebody who starts sessions, proposes, or approves."""

    kind: ActorKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A plan that waits for a person, by its digest."""

    digest: str
    session: str
    proposer: Actor


@dataclass(frozen=True, kw_only=True)
class Approval:
    """A person's word for one plan. ``id`` is drawn at random."""

    id: str
    digest: str
    session: str
    proposer: Actor
    approver: Actor
    given: Moment


def approve(plan: Plan, proposal: Proposal, *, approver: Actor, now: Moment, new_id: str) -> Approval:
    """Approve a proposed plan. Raises :class:`ApprovalError`, and ``InvalidPlanError`` for what may never be done."""
    check_plan(plan, plan.target)
    if plan.digest() != proposal.digest:
        raise ApprovalError("this is not the plan that was proposed")
    if approver.kind is not ActorKind.PERSON:
        raise ApprovalError("an agent may only propose")
    if approver == proposal.proposer:
        raise ApprovalError(f"{approver} proposed this plan, so somebody else approves it")
    return Approval(
        id=new_id,
        digest=proposal.digest,
        session=proposal.session,
        proposer=proposal.proposer,
        approver=approver,
        given=now,
    )


def check_approval(approval: Approval, plan: Plan, *, session: str, now: Moment, used: Set[str]) -> None:
    """Ask whether ``plan``, as it is about to be carried out, is the one approved. Raises :class:`ApprovalError`."""
    if plan.digest() != approval.digest:
        raise ApprovalError("the plan is not the one that was approved")
    if approval.session != session:
        raise ApprovalError("the approval belongs to another session")
    if approval.approver.kind is not ActorKind.PERSON or approval.approver == approval.proposer:
        raise ApprovalError("the approval was not given by another person")
    if approval.id in used:
        raise ApprovalError("the approval has been used")
    if not is_fresh(approval, now):
        raise ApprovalError(f"the approval is older than {APPROVAL_SECONDS / 60:.0f} minutes")


def is_fresh(approval: Approval, now: Moment) -> bool:
    """Whether an approval can still be used."""
    age = now.seconds - approval.given.seconds
    return approval.given.boot == now.boot and 0 <= age < APPROVAL_SECONDS
