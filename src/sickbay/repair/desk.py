"""Doing things in a session: looks through the dispatcher, changes with their intent before and their answer after."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from sickbay.guides.answers import CommandAnswer
from sickbay.investigation.alarms import Alarms
from sickbay.redaction import Redactor
from sickbay.safety.actions import Action, Registry
from sickbay.safety.budget import SESSION_SECONDS, BudgetSpentError, Moment
from sickbay.safety.dispatcher import Dispatcher, Looked
from sickbay.safety.effects import Effect, Resource, Verb
from sickbay.safety.events import Advanced, Concluded, Ended, Escalated, Intended, Stopped
from sickbay.safety.gate import Go, Refused, conditions, decide, decide_taking_back
from sickbay.safety.outcome import Outcome, State
from sickbay.safety.permits import Here
from sickbay.safety.session import Session, Status
from sickbay.safety.stages import Stage
from sickbay.safety.stops import Readings
from sickbay.safety.store import OpenSession

Value = TypeVar("Value")
Ask = Callable[[float], tuple[Value, Outcome]]
"""A look: it gets the seconds it may take, and returns what it found and its answer."""

LOOKING = Action(name="look", verb=Verb.LOOK, resource=Resource.HOST, effect=Effect.OBSERVE, collects=True)
"""Whatever a repair looks at. It changes nothing, and goes on when a session was stopped: it gathers evidence."""

BROKEN = 70
"""The exit code of what raised instead of answering."""

_ORDER = tuple(Stage)


class RefusedError(PermissionError):
    """A step may not be done now. The message says why."""


class Desk(Protocol):
    """Where looks are done, on record or not."""

    def enter(self, stage: Stage) -> None:
        """Go on to a stage, where this is not there or past it yet."""
        ...

    def look(self, name: str, arguments: Sequence[str], ask: Ask[Value]) -> Value:
        """Look, and return what was found. Raises :class:`RefusedError`."""
        ...


class FreeDesk:
    """Looks without a session and without a record, for as long as a session would have."""

    def __init__(self) -> None:
        self._deadline = time.monotonic() + SESSION_SECONDS

    def enter(self, stage: Stage) -> None:
        """Nothing is on record, so there are no stages."""

    def look(self, name: str, arguments: Sequence[str], ask: Ask[Value]) -> Value:
        """Look, and return what was found."""
        return ask(self._deadline - time.monotonic())[0]


@dataclass(frozen=True, kw_only=True)
class Doing:
    """One command of a step: its action's name, what is shown and kept of it, and what it does.

    ``takes_back`` names the action that it is the way back from.
    """

    name: str
    arguments: tuple[str, ...]
    effect: Effect
    takes_back: str = ""


class SessionDesk:
    """Everything in one open session. ``redactor`` knows the secret inputs, so that no answer brings them on record.

    ``alarms`` are those of the place where looks and steps are done: what they hear stops the session.
    """

    def __init__(
        self,
        opened: OpenSession,
        *,
        moment_now: Callable[[], Moment],
        readings_now: Callable[[], Readings],
        redactor: Redactor,
        alarms: Alarms,
    ) -> None:
        self._opened = opened
        self._moment_now = moment_now
        self._readings_now = readings_now
        self._redactor = redactor
        self._alarms = alarms

    @property
    def opened(self) -> OpenSession:
        """The session as it can be recorded in."""
        return self._opened

    @property
    def session(self) -> Session:
        """The session as it is now."""
        return self._opened.session

    @property
    def here(self) -> Here:
        """The moment and the machine, as they are now."""
        return Here(now=self._moment_now(), readings=self._readings())

    def enter(self, stage: Stage) -> None:
        """Go on to a stage, one after the other. Raises :class:`RefusedError` where the session was stopped."""
        while _ORDER.index(self.session.stage) < _ORDER.index(stage):
            if self.session.status is not Status.OPEN:
                raise RefusedError(f"the session is {self.session.status}: {self.session.reason}")
            following = self.session.stage.next
            if following is not None:
                self._opened.record(Advanced(to=following))

    def look(self, name: str, arguments: Sequence[str], ask: Ask[Value]) -> Value:
        """Look, and return what was found. Raises :class:`RefusedError`, and what recording raises."""
        found: list[Value] = []

        def run(go: Go) -> Looked:
            value, outcome = ask(go.seconds)
            found.append(value)
            return Looked(outcome=outcome)

        action = Action(name=name, verb=Verb.LOOK, resource=Resource.HOST, effect=Effect.OBSERVE, collects=True)
        dispatcher = Dispatcher(
            self._opened, Registry([action]), moment_now=self._moment_now, readings_now=self._readings
        )
        try:
            outcome = dispatcher.look(name, tuple(arguments), run)
        except BudgetSpentError as error:  # between the decision and the record
            raise RefusedError(str(error)) from error
        if not found:
            raise RefusedError(outcome.detail)
        self._stop_if_alarmed()
        return found[0]

    def change(
        self, doing: Doing, repair: Action, run: Callable[[float], CommandAnswer], *, reserve: float = 0.0
    ) -> CommandAnswer:
        """Do one command of a step, on record before and after.

        ``reserve`` are the seconds of the session that stay for what must come later. Raises :class:`RefusedError`
        where it may not begin, and what recording raises. ``repair`` is the registered action that it is part of.
        """
        seconds = self._seconds_for(doing, repair) - reserve
        if seconds <= 0:
            raise RefusedError("the session has no time left for this and for a way back from it")
        intent = self.session.budget.calls_used + 1
        intended = Intended(
            intent=intent,
            action=doing.name,
            arguments=doing.arguments,
            effect=doing.effect,
            moment=self._moment_now(),
            takes_back=doing.takes_back,
        )
        try:
            self._opened.record(intended)
        except BudgetSpentError as error:  # between the decision and the record
            raise RefusedError(str(error)) from error
        try:
            answer = run(seconds)
        except Exception as error:  # noqa: BLE001  (whatever breaks, it has failed, and what was done is taken back)
            answer = CommandAnswer(exit_code=BROKEN, errors=f"{type(error).__name__}: {error}")
        size = len(answer.output) + len(answer.errors)
        self._opened.record(Concluded(intent=intent, outcome=self._outcome(answer), answer_bytes=size))
        self._stop_if_alarmed()
        return answer

    def stop_now(self) -> tuple[str, ...]:
        """Stop the session where the machine has become unstable, and return why."""
        events = conditions(self.session, self._readings())
        for event in events:
            self._opened.record(event)
        stops = [stop.detail for event in events if isinstance(event, Stopped) for stop in event.reasons]
        return tuple(stops or [event.reason for event in events if isinstance(event, Escalated)])

    def finish(self, reason: str, *, is_well: bool) -> None:
        """End the session; what is not well is handed to a person."""
        if not is_well and self.session.status is not Status.ESCALATED:
            self._opened.record(Escalated(reason=reason))
        self._opened.record(Ended(reason=reason))

    def _readings(self) -> Readings:
        """The machine as it is, with what was heard."""
        machine = self._readings_now()
        heard = (replace(alarm, says=self._redactor.text(alarm.says)) for alarm in self._alarms.heard)
        return replace(machine, alarms=(*machine.alarms, *heard))

    def _stop_if_alarmed(self) -> None:
        """What was heard stops the session at once, and not when somebody asks next."""
        if self._alarms.heard:
            self.stop_now()

    def _seconds_for(self, doing: Doing, repair: Action) -> float:
        session, now = self.session, self._moment_now()
        if doing.takes_back:
            decision = decide_taking_back(session, doing.takes_back, now=now)
        else:
            action = repair if doing.effect > Effect.OBSERVE else LOOKING
            decision = decide(session, action, now=now, readings=self._readings())
        match decision:
            case Refused(why=why, events=events):
                for event in events:
                    self._opened.record(event)
                raise RefusedError(why)
            case Go(seconds=seconds):
                return seconds

    def _outcome(self, answer: CommandAnswer) -> Outcome:
        if answer.exit_code == 0:
            return Outcome(state=State.OK)
        return Outcome(state=State.FAIL, detail=self._redactor.text(told(answer)))


def told(answer: CommandAnswer) -> str:
    """Return what a command that failed left to say, in a line."""
    said = (answer.errors.strip() or answer.output.strip()).splitlines()
    last = f": {said[-1]}" if said else ""
    return f"exit code {answer.exit_code}{last}"
