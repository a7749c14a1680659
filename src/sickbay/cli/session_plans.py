"""The plans of a session as a person reads them before approving one."""

from __future__ import annotations

from collections.abc import Iterator

from sickbay.redaction import Redactor
from sickbay.safety.approvals import Proposal
from sickbay.safety.cleaning import printable
from sickbay.safety.events import Proposed, event_of
from sickbay.safety.plan import Plan, plan_of
from sickbay.safety.store import Stored


def proposed_plans(stored: Stored) -> Iterator[tuple[Proposal, Plan]]:
    """Yield each plan that was proposed, in its order."""
    for record in stored.chain.records:
        event = event_of(record.body)
        if isinstance(event, Proposed):
            yield event.proposal, plan_of(event.plan)


def plan_lines(plan: Plan) -> Iterator[str]:
    """Yield all that a plan says."""
    for line in _lines(plan):
        yield printable(Redactor().text(line))


def _lines(plan: Plan) -> Iterator[str]:
    yield f"target   {plan.target.name} ({plan.target.environment})"
    yield f"cause    {plan.cause}"
    if plan.folder and plan.folder != plan.target.name:
        yield f"where    {plan.folder}"
    yield f"backup   {plan.backup}"
    yield f"impact   {', '.join(plan.impact or ()) or 'nothing depends on it'}"
    for number, step in enumerate(plan.steps, start=1):
        if plan.guide:  # its arguments are whole commands
            yield f"{number}. {step.action} ({step.effect.name.lower()})"
            yield from (f"   {line}" for line in step.arguments)
        else:
            yield f"{number}. {' '.join((step.action, *step.arguments))} ({step.effect.name.lower()})"
        yield f"   undo: {step.undo}"
    yield from (f"verified by {line}" for line in plan.verification)
    if plan.tried:
        yield f"tried    {plan.tried}"
