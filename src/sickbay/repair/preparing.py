"""Making a plan for a person: looking, drafting, and asking what depends on it; and carrying out what was approved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sickbay.diagnosis.wording import filled_in
from sickbay.facts.model import Facts
from sickbay.guides.model import Cause
from sickbay.investigation.engine_view import engine_socket
from sickbay.repair.applying import Ready
from sickbay.repair.backup_choice import Chosen, choose_backup
from sickbay.repair.comparing import Seen
from sickbay.repair.desk import Desk, RefusedError, SessionDesk
from sickbay.repair.elsewhere import Trial, trial_of
from sickbay.repair.examining import Case, Ending, Examined, examine, obstacles
from sickbay.repair.guide_source import source_of
from sickbay.repair.impact import Impact, impact_of
from sickbay.repair.planning import Draft, Setting, draft_repair, make_plan
from sickbay.safety.approvals import Actor, ActorKind, is_fresh
from sickbay.safety.effects import Target
from sickbay.safety.outcome import Outcome, State
from sickbay.safety.permits import approve_plan, propose_plan
from sickbay.safety.plan import Plan, check_plan, plan_of
from sickbay.safety.session import Session, Status
from sickbay.safety.stages import Stage
from sickbay.safety.stops import Readings
from sickbay.safety.store import Stored

PROGRAM = Actor(kind=ActorKind.AGENT, name="sickbay")
"""Who proposes the plans that are made from guides: nobody approves a plan of their own, and these are nobody's."""

Confirm = Callable[[Plan], None]
"""A person's word, asked for at a terminal. Raises ``ApprovalError`` where it is not given."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants repaired, on which target, and what they say of trying it elsewhere."""

    case: Case
    wanted: str
    target: Target
    person: Actor
    where: str
    waiver: str = ""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A plan with all that a person should know of it."""

    case: Case
    draft: Draft
    plan: Plan
    impact: Impact
    trial: Trial
    chosen: Chosen
    obstacles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What was found, and the offer where there is something to repair."""

    examined: Examined
    offer: Offer | None = None


def prepare(desk: Desk, wish: Wish, sessions: Sequence[Stored], readings: Readings) -> Prepared:
    """Look, and make the plan. Changes nothing. Raises ``InvalidPlanError``, ``BackupError``, ``RefusedError``."""
    if nothing := _without_repair(wish):
        return Prepared(examined=nothing)
    examined = examine(desk, wish.case, wish.wanted, readings)
    cause = examined.cause
    if examined.ending is not Ending.MATCHED or cause is None:
        return Prepared(examined=examined)
    if not cause.repair:
        return Prepared(examined=replace(examined, ending=Ending.ESCALATED, reasons=(_by_hand(cause),)))
    draft = draft_repair(wish.case.guide, cause, wish.case.place.values)
    chosen = choose_backup(draft, wish.case.place.folder)
    offer = make_offer(wish, draft, chosen, sessions=sessions)
    check_plan(replace(offer.plan, impact=offer.plan.impact or ()), wish.target)  # what is unknown is shown
    trial = trial_of(offer.plan, sessions, waiver=wish.waiver, person=wish.person)
    return Prepared(examined=examined, offer=replace(offer, plan=replace(offer.plan, tried=trial.says), trial=trial))


def make_offer(wish: Wish, draft: Draft, chosen: Chosen, *, tried: str = "", sessions: Iterable[Stored] = ()) -> Offer:
    """Return the plan of a draft, with what depends on what it touches, and what is in its way."""
    place = wish.case.place
    impact = impact_of((step.touched for step in draft.steps), engine=engine_socket(place.environment))
    setting = Setting(
        target=wish.target,
        folder=wish.where,
        source=source_of(draft.guide),
        backup=chosen.says,
        impact=impact.lines,
        tried=tried,
    )
    return Offer(
        case=wish.case,
        draft=draft,
        plan=make_plan(draft, setting),
        impact=impact,
        trial=Trial(says=tried, is_enough=bool(tried)),
        chosen=chosen,
        obstacles=(*obstacles(draft, place), *half_done(wish, sessions)),
    )


def _without_repair(wish: Wish) -> Examined | None:
    """Return that a person must act, where none of the causes that are meant has a repair: then nothing is asked."""
    causes = wish.case.guide.causes
    meant = [cause for cause in causes if cause.id == wish.wanted] or list(causes)
    if any(cause.repair for cause in meant):
        return None
    cause = meant[0] if len(meant) == 1 else None
    reasons = tuple(f"{each.id}: {_by_hand(each)}" if cause is None else _by_hand(each) for each in meant)
    return Examined(ending=Ending.ESCALATED, seen=Seen(), cause=cause, reasons=reasons)


def _by_hand(cause: Cause) -> str:
    return cause.escalate or filled_in(cause.advice, {}, Facts(values={}, texts=()))


def half_done(wish: Wish, sessions: Iterable[Stored]) -> Iterator[str]:
    """Say which sessions have left a repair half done in the same place."""
    for stored in sessions:
        session = stored.session
        if session is None or not session.changed or session.status is Status.ENDED:
            continue
        plans = [plan_of(each.body["plan"]) for each in stored.chain.records if each.body["event"] == "proposed"]
        if any(plan.folder == wish.where for plan in plans):
            yield f"session {stored.id} has left a repair half done here: take it back first, with --undo"


def propose(desk: SessionDesk, offer: Offer) -> None:
    """Put an offer before a person, on record. Raises ``InvalidPlanError``, ``ApprovalError``, ``RefusedError``."""
    if offer.obstacles:
        raise RefusedError("; ".join(offer.obstacles))
    if offer.impact.lines is None:
        raise RefusedError(f"what depends on it is not known: {offer.impact.why}")
    desk.enter(Stage.REPAIR)
    desk.look("make the plan", (offer.draft.cause.id,), lambda _: (None, Outcome(state=State.OK)))
    if offer.plan.digest() not in desk.session.proposals:
        propose_plan(desk.opened, offer.plan, PROGRAM, desk.here)


def approval_of(desk: SessionDesk, offer: Offer, person: Actor, confirm: Confirm, new_id: str) -> str:
    """Return an approval of a proposed offer: one that was given in the session, or a person's word now.

    Raises ``ApprovalError``.
    """
    given = usable_approval(desk.session, offer.plan, desk)
    if given:
        return given
    confirm(offer.plan)
    return approve_plan(desk.opened, offer.plan, approver=person, here=desk.here, new_id=new_id).id


def usable_approval(session: Session, plan: Plan, desk: SessionDesk) -> str:
    """Return an approval of exactly this plan that was given in the session and not used, empty where there is none."""
    now = desk.here.now
    usable = [
        each.id
        for each in session.approvals.values()
        if each.digest == plan.digest() and each.id not in session.redeemed and is_fresh(each, now)
    ]
    return usable[-1] if usable else ""


def ready_of(offer: Offer, approval: str) -> Ready:
    """Return an offer as what is carried out."""
    return Ready(
        case=offer.case,
        draft=offer.draft,
        plan=offer.plan,
        trial=offer.trial,
        approval=approval,
        chosen=offer.chosen,
    )


def where_of(host: str, folder: Path) -> str:
    """Return the place that a plan names: the machine and the folder, so that no other place passes for it."""
    return f"{host}:{folder}"
