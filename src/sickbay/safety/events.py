"""What can happen in a session. A session is what its events make of it; they are what the audit log holds."""

from __future__ import annotations

from typing import Any

import msgspec

from sickbay.safety.approvals import Actor, Approval, Proposal
from sickbay.safety.budget import Moment
from sickbay.safety.effects import Effect, Target
from sickbay.safety.outcome import Outcome
from sickbay.safety.stages import Stage
from sickbay.safety.stops import Readings, Stop


class Started(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="started"):
    """Somebody began a session. ``readings`` are the machine as it was then."""

    session: str
    actor: Actor
    target: Target
    problem: str
    moment: Moment
    readings: Readings


class Intended(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="intended"):
    """An action is about to be done. ``intent`` numbers these from 1.

    ``takes_back`` names the action that this one is the way back from.
    """

    intent: int
    action: str
    arguments: tuple[str, ...]
    effect: Effect
    moment: Moment
    takes_back: str = ""


class Concluded(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="concluded"):
    """An action is over, with its answer and the bytes it brought back."""

    intent: int
    outcome: Outcome
    answer_bytes: int = 0


class Advanced(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="advanced"):
    """The session goes on to its next stage."""

    to: Stage


class Proposed(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="proposed"):
    """A plan was proposed. It holds no secrets, so it is stored as it is."""

    proposal: Proposal
    plan: dict[str, Any]


class Approved(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="approved"):
    """A person approved a proposed plan."""

    approval: Approval


class Redeemed(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="redeemed"):
    """An approval is used up: its plan is about to be carried out."""

    approval: str


class Stopped(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="stopped"):
    """Nothing more may be done but collecting."""

    reasons: tuple[Stop, ...]


class Escalated(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="escalated"):
    """A person takes over."""

    reason: str


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="ended"):
    """The session is over."""

    reason: str


Event = Started | Intended | Concluded | Advanced | Proposed | Approved | Redeemed | Stopped | Escalated | Ended


class InvalidEventError(ValueError):
    """A stored event does not have the form of one."""


def event_document(event: Event) -> dict[str, Any]:
    """Return an event as plain data."""
    document: dict[str, Any] = msgspec.to_builtins(event)
    return document


def event_of(document: object) -> Event:
    """Read an event from plain data. Raises :class:`InvalidEventError`."""
    try:
        event: Event = msgspec.convert(document, Event)
    except msgspec.ValidationError as error:
        raise InvalidEventError(f"this is no event of a session: {error}") from error
    return event
