"""Whether the same plan has passed elsewhere: read from the records of other sessions. Pure, but for reading them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sickbay.safety.approvals import Actor
from sickbay.safety.effects import Environment
from sickbay.safety.events import Advanced, Concluded, Event, Intended, InvalidEventError, Proposed, event_of
from sickbay.safety.outcome import State
from sickbay.safety.plan import InvalidPlanError, Plan, plan_of
from sickbay.safety.stages import Stage
from sickbay.safety.store import Stored

PROVED = "prove the repair"
"""The look whose OK says that a plan has passed. No command records one of this name but a repair."""


class UntriedError(PermissionError):
    """A production plan was tried nowhere, and nobody has waived that."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Where a plan was tried, or why it was not. ``is_enough`` says whether it may be carried out now."""

    says: str
    is_enough: bool


def trial_of(plan: Plan, sessions: Iterable[Stored], *, waiver: str, person: Actor) -> Trial:
    """Return the trial of a plan: not needed outside of production, a passed run elsewhere, or a waiver."""
    if plan.target.environment is not Environment.PRODUCTION:
        return Trial(says=f"not needed in {plan.target.environment}", is_enough=True)
    recipe = plan.recipe()
    for stored in reversed(list(sessions)):
        passed = passed_on(stored, recipe)
        if passed is not None and _is_elsewhere(passed, plan):
            target = passed.target
            return Trial(says=f"passed on {target.name} ({target.environment}), session {stored.id}", is_enough=True)
    if waiver.strip():
        return Trial(says=f"tried nowhere; waived by {person}: {waiver.strip()}", is_enough=True)
    return Trial(says="tried nowhere", is_enough=False)


def require_trial(plan: Plan, trial: Trial) -> None:
    """Refuse a plan that was not tried where it must be, or that tells otherwise. Raises :class:`UntriedError`."""
    if not trial.is_enough:
        raise UntriedError(
            "the plan is for production and has passed nowhere else: carry it out on another target first, which is "
            "--environment staging or development, or say with --waive REASON why not"
        )
    if trial.says != plan.tried:
        raise UntriedError("the plan does not say rightly where it was tried")


def passed_on(stored: Stored, recipe: str) -> Plan | None:
    """Return the plan of this recipe that a session carried out and proved, if its record is intact."""
    if stored.session is None or stored.chain.damage is not None:
        return None
    try:
        events = [event_of(record.body) for record in stored.chain.records]
        plans = {
            event.proposal.digest: plan_of(event.plan)
            for event in events
            if isinstance(event, Proposed) and plan_of(event.plan).recipe() == recipe
        }
    except (InvalidEventError, InvalidPlanError):
        return None
    redeemed = [stored.session.approvals[name].digest for name in stored.session.redeemed]
    passed = [plans[digest] for digest in redeemed if digest in plans]
    return passed[0] if passed and _was_proved(events) else None


def _was_proved(events: Iterable[Event]) -> bool:
    """Say whether the proof of a repair was the last thing before watching, and held."""
    proof, held, watched = 0, False, False
    for event in events:
        match event:
            case Intended(intent=intent, action=action) if action == PROVED:
                proof = intent
            case Concluded(intent=intent, outcome=outcome) if intent == proof:
                held = outcome.state is State.OK
            case Advanced(to=Stage.WATCH):
                watched = held
    return watched


def _is_elsewhere(passed: Plan, plan: Plan) -> bool:
    """Say whether a plan was carried out on another target, in another place, and not in production."""
    is_production = passed.target.environment is Environment.PRODUCTION
    return not is_production and passed.target.name != plan.target.name and passed.folder != plan.folder
