"""The decision before every step: go, with so many seconds, or not, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from sickbay.safety.actions import Action
from sickbay.safety.budget import Moment
from sickbay.safety.effects import Effect
from sickbay.safety.events import Escalated, Event, Stopped
from sickbay.safety.outcome import too_many_unmeasured
from sickbay.safety.session import Session, Status
from sickbay.safety.stops import Readings, reasons_to_stop


@dataclass(frozen=True, kw_only=True)
class Go:
    """The action may be done, within these seconds and bytes."""

    seconds: float
    answer_bytes: int


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The action may not be done. ``events`` are what this means for the session, to be recorded."""

    why: str
    events: tuple[Event, ...] = ()


def decide(session: Session, action: Action, *, now: Moment, readings: Readings) -> Go | Refused:
    """Decide whether an action may begin now."""
    stopped = why_stopped(session, now, readings)
    if stopped is not None and not (action.collects and _may_collect(session, now)):
        return stopped
    if why := _why_not(session, action):
        return Refused(why=why)
    return Go(seconds=session.budget.seconds_left(now), answer_bytes=session.budget.bytes_left)


def decide_taking_back(session: Session, action: str, *, now: Moment) -> Go | Refused:
    """Decide whether what ``action`` did may be taken back now: after a stop too, while there is time."""
    if session.status is Status.ENDED:
        return Refused(why="the session has ended")
    if spent := session.budget.why_spent(now):
        return Refused(why=spent, events=() if session.status is Status.ESCALATED else (Escalated(reason=spent),))
    if action not in session.changed:
        return Refused(why=f"{action} has changed nothing in this session")
    if not session.stage.may_take_back:
        return Refused(why=f"nothing is taken back in the stage {session.stage}")
    if frozen := [stop.detail for stop in session.stops if stop.freezes]:
        return Refused(why=f"everything stays as it is: {'; '.join(frozen)}")
    return Go(seconds=session.budget.seconds_left(now), answer_bytes=session.budget.bytes_left)


def why_stopped(session: Session, now: Moment, readings: Readings) -> Refused | None:
    """Return why nothing but collecting may be done, or ``None`` where the session may go on."""
    if session.status is Status.ENDED:
        return Refused(why="the session has ended")
    if spent := session.budget.why_spent(now):
        return Refused(why=spent, events=() if session.status is Status.ESCALATED else (Escalated(reason=spent),))
    events = conditions(session, readings)
    if events or session.status is not Status.OPEN:
        why = "; ".join(_reasons(events)) or session.reason
        return Refused(why=f"the session is stopped: {why}", events=events)
    return None


def conditions(session: Session, readings: Readings) -> tuple[Event, ...]:
    """Return what the machine's state does to an open session: stops, escalations, or nothing."""
    if session.status is not Status.OPEN:
        return ()
    if stops := reasons_to_stop(readings, session.readings):
        breach = [stop.detail for stop in stops if stop.is_breach]
        return (Stopped(reasons=stops), *(Escalated(reason=detail) for detail in breach))
    if too_many_unmeasured([outcome for _, outcome in session.outcomes]):
        return (Escalated(reason="more than half of what was asked could not be measured"),)
    return ()


def _why_not(session: Session, action: Action) -> str:
    if session.target.environment not in action.environments:
        return f"{action.name} may not be done in {session.target.environment}"
    if action.effect is Effect.OBSERVE:
        return ""
    if not session.stage.may_change:
        return f"nothing is changed in the stage {session.stage}"
    if not session.redeemed:
        return f"{action.name} changes something, and no approved plan is being carried out"
    if any(intent.effect > Effect.OBSERVE for intent in session.open_intents.values()):
        return "an earlier change has no recorded end: a person must look at it first"
    return ""


def _may_collect(session: Session, now: Moment) -> bool:
    """Whether there is time left, however the session was stopped."""
    return session.status is not Status.ENDED and not session.budget.why_spent(now)


def _reasons(events: tuple[Event, ...]) -> list[str]:
    reasons = []
    for event in events:
        match event:
            case Stopped(reasons=stops):
                reasons += [stop.detail for stop in stops]
            case Escalated(reason=reason):
                reasons.append(reason)
    return list(dict.fromkeys(reasons))
