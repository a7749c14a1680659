"""A session as a pure state machine: an event and a session give the next session, or an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import assert_never

from sickbay.safety.approvals import Actor, ActorKind, Approval, Proposal
from sickbay.safety.budget import Budget
from sickbay.safety.effects import Effect, Target
from sickbay.safety.events import (
    Advanced,
    Approved,
    Concluded,
    Ended,
    Escalated,
    Event,
    Intended,
    Proposed,
    Redeemed,
    Started,
    Stopped,
)
from sickbay.safety.outcome import Outcome
from sickbay.safety.stages import Stage
from sickbay.safety.stops import Readings, Stop


class IllegalTransitionError(Exception):
    """This cannot happen in a session as it is."""


class Status(StrEnum):
    """Whether anything may be done."""

    OPEN = "open"
    STOPPED = "stopped"
    """Nothing but collecting."""
    ESCALATED = "escalated"
    """A person takes over. Nothing but collecting, while there is time."""
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session as it is. ``open_intents`` are actions that began and have no answer: at most one, or a crash.

    ``changed`` names the actions that changed something, or began to.
    """

    id: str
    actor: Actor
    target: Target
    problem: str
    budget: Budget
    readings: Readings
    stage: Stage = Stage.SYMPTOMS
    status: Status = Status.OPEN
    outcomes: tuple[tuple[Stage, Outcome], ...] = ()
    open_intents: Mapping[int, Intended] = field(default_factory=dict)
    proposals: Mapping[str, Proposal] = field(default_factory=dict)
    approvals: Mapping[str, Approval] = field(default_factory=dict)
    redeemed: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    stops: tuple[Stop, ...] = ()
    reason: str = ""

    def outcomes_here(self) -> list[Outcome]:
        """Return the answers that the present stage has."""
        return [outcome for stage, outcome in self.outcomes if stage is self.stage]


def replay(events: Iterable[Event]) -> Session:
    """Return what the events make of a session. Raises :class:`IllegalTransitionError`."""
    session: Session | None = None
    for event in events:
        session = follow(session, event)
    if session is None:
        raise IllegalTransitionError("nothing has started")
    return session


def follow(session: Session | None, event: Event) -> Session:
    """Return the session after ``event``. Raises :class:`IllegalTransitionError`."""
    if session is None:
        if not isinstance(event, Started):
            raise IllegalTransitionError("a session begins with its start")
        return Session(
            id=event.session,
            actor=event.actor,
            target=event.target,
            problem=event.problem,
            budget=Budget(started=event.moment),
            readings=event.readings,
        )
    if session.status is Status.ENDED:
        raise IllegalTransitionError("the session has ended")
    match event:
        case Started():
            raise IllegalTransitionError("the session has started already")
        case Intended() | Concluded():
            return _acted(session, event)
        case Advanced():
            return _advanced(session, event)
        case Proposed() | Approved() | Redeemed():
            return _permitted(session, event)
        case Stopped() | Escalated() | Ended():
            return _closed(session, event)
        case _:
            assert_never(event)


def _acted(session: Session, event: Intended | Concluded) -> Session:
    match event:
        case Intended():
            _require(event.intent == session.budget.calls_used + 1, "intents are numbered one after the other")
            changed = session.changed
            if event.effect > Effect.OBSERVE:
                _require_may_change(session, event)
                changed = changed if event.takes_back else changed | {event.action}
            budget = session.budget.with_call(event.moment)
            intents = {**session.open_intents, event.intent: event}
            return replace(session, budget=budget, open_intents=intents, changed=changed)
        case Concluded():
            _require(event.intent in session.open_intents, f"no action {event.intent} is open")
            remaining = {number: each for number, each in session.open_intents.items() if number != event.intent}
            return replace(
                session,
                budget=session.budget.with_bytes(event.answer_bytes),
                open_intents=remaining,
                outcomes=(*session.outcomes, (session.stage, event.outcome)),
            )


def _require_may_change(session: Session, event: Intended) -> None:
    """What was done may be taken back after a stop too; a suspicion of damage or of a break-in freezes everything."""
    if event.takes_back:
        _require(event.takes_back in session.changed, f"nothing of {event.takes_back} was done here")
        _require(session.stage.may_take_back, f"nothing is taken back in the stage {session.stage}")
        _require(not any(stop.freezes for stop in session.stops), f"it is {session.status}")
        return
    _require_open(session)
    _require(session.stage.may_change, f"nothing is changed in the stage {session.stage}")
    _require(bool(session.redeemed), "no approved plan is being carried out")


def _advanced(session: Session, event: Advanced) -> Session:
    _require_open(session)
    _require(event.to is session.stage.next, f"{event.to} does not follow {session.stage}")
    _require(bool(session.outcomes_here()), f"the stage {session.stage} has no answer yet")
    if event.to is Stage.BACKUP:
        _require(bool(session.approvals), "no plan is approved")
    return replace(session, stage=event.to)


def _permitted(session: Session, event: Proposed | Approved | Redeemed) -> Session:
    _require_open(session)
    match event:
        case Proposed(proposal=proposal):
            _require(session.stage is Stage.REPAIR, "plans are proposed in the stage repair")
            _require(proposal.session == session.id, "the plan was proposed in another session")
            return replace(session, proposals={**session.proposals, proposal.digest: proposal})
        case Approved(approval=approval):
            _require(session.stage is Stage.REPAIR, "plans are approved in the stage repair")
            known = session.proposals.get(approval.digest)
            _require(known is not None and known.proposer == approval.proposer, "this plan was not proposed")
            _require(approval.approver.kind is ActorKind.PERSON, "an agent may only propose")
            _require(approval.approver != approval.proposer, "nobody approves what they proposed")
            _require(approval.session == session.id, "the approval belongs to another session")
            _require(approval.id not in session.approvals, "there is an approval of this name")
            return replace(session, approvals={**session.approvals, approval.id: approval})
        case Redeemed(approval=name):
            _require(session.stage is Stage.RECORD, "plans are carried out in the stage record")
            _require(name in session.approvals, "there is no such approval")
            _require(name not in session.redeemed, "the approval has been used")
            return replace(session, redeemed=session.redeemed | {name})


def _closed(session: Session, event: Stopped | Escalated | Ended) -> Session:
    match event:
        case Stopped(reasons=reasons):
            _require_open(session)
            _require(bool(reasons), "a stop has a reason")
            details = "; ".join(stop.detail for stop in reasons)
            return replace(session, status=Status.STOPPED, stops=reasons, reason=details)
        case Escalated(reason=reason):
            _require(session.status is not Status.ESCALATED, "it is escalated already")
            return replace(session, status=Status.ESCALATED, reason=reason)
        case Ended(reason=reason):
            _require(session.status is not Status.OPEN or session.stage.may_end, "a repair is under way: escalate it")
            return replace(session, status=Status.ENDED, reason=session.reason or reason)


def _require_open(session: Session) -> None:
    _require(session.status is Status.OPEN, f"the session is {session.status}")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise IllegalTransitionError(otherwise)
