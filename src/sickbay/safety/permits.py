"""Proposing, approving, and redeeming plans in an open session: decided purely, recorded before it is true."""

from __future__ import annotations

from dataclasses import dataclass

from sickbay.redaction import Redactor
from sickbay.safety.approvals import Actor, Approval, ApprovalError, Proposal, approve, check_approval
from sickbay.safety.budget import Moment
from sickbay.safety.chain import canonical
from sickbay.safety.events import Approved, Proposed, Redeemed
from sickbay.safety.gate import why_stopped
from sickbay.safety.plan import InvalidPlanError, Plan, check_plan, plan_document
from sickbay.safety.stops import Readings
from sickbay.safety.store import OpenSession


@dataclass(frozen=True, kw_only=True)
class Here:
    """When something is asked for, and how the machine is then."""

    now: Moment
    readings: Readings


def propose_plan(opened: OpenSession, plan: Plan, proposer: Actor, here: Here) -> Proposal:
    """Put a plan before a person. Raises ``InvalidPlanError``, ``ApprovalError``, and what recording raises."""
    _require_calm(opened, here)
    check_plan(plan, opened.session.target)
    text = canonical(plan_document(plan)).decode("ascii")
    if Redactor().text(text) != text:
        raise InvalidPlanError("the plan holds a secret: name where it is kept instead")
    proposal = Proposal(digest=plan.digest(), session=opened.session.id, proposer=proposer)
    opened.record(Proposed(proposal=proposal, plan=plan_document(plan)))
    return proposal


def approve_plan(opened: OpenSession, plan: Plan, *, approver: Actor, here: Here, new_id: str) -> Approval:
    """Approve a plan that was proposed in this session. Raises ``ApprovalError``, and what recording raises."""
    _require_calm(opened, here)
    proposal = opened.session.proposals.get(plan.digest())
    if proposal is None:
        raise ApprovalError("this plan was not proposed in this session")
    approval = approve(plan, proposal, approver=approver, now=here.now, new_id=new_id)
    opened.record(Approved(approval=approval))
    return approval


def redeem(opened: OpenSession, plan: Plan, approval: str, here: Here) -> None:
    """Use an approval up for exactly this plan, before its first step. Raises ``ApprovalError`` and more.

    The digest is made anew from what is about to be carried out. When this returns, the use is on disk: whatever
    happens next, the approval does not hold again.
    """
    _require_calm(opened, here)
    session = opened.session
    given = session.approvals.get(approval)
    if given is None:
        raise ApprovalError("there is no such approval")
    check_plan(plan, session.target)
    check_approval(given, plan, session=session.id, now=here.now, used=session.redeemed)
    opened.record(Redeemed(approval=approval))


def _require_calm(opened: OpenSession, here: Here) -> None:
    """What stops a look stops a permit too; it is recorded in the same way."""
    refused = why_stopped(opened.session, here.now, here.readings)
    if refused is not None:
        for event in refused.events:
            opened.record(event)
        raise ApprovalError(refused.why)
