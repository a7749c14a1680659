"""The one way to do anything in a session: asked at the gate, recorded before, done, recorded after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sickbay.safety.actions import Action, Registry
from sickbay.safety.budget import Moment
from sickbay.safety.effects import Effect
from sickbay.safety.events import Concluded, Intended
from sickbay.safety.gate import Go, Refused, decide
from sickbay.safety.outcome import NotMeasured, Outcome, not_measured
from sickbay.safety.stops import Readings
from sickbay.safety.store import OpenSession


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a look brought back: its answer, and how many bytes that took."""

    outcome: Outcome
    answer_bytes: int = 0


class Dispatcher:
    """Runs looks in one open session. Only registered actions that observe can be run by it."""

    def __init__(
        self,
        opened: OpenSession,
        registry: Registry,
        *,
        moment_now: Callable[[], Moment],
        readings_now: Callable[[], Readings],
    ) -> None:
        self._opened = opened
        self._registry = registry
        self._moment_now = moment_now
        self._readings_now = readings_now

    def look(self, name: str, arguments: tuple[str, ...], run: Callable[[Go], Looked]) -> Outcome:
        """Run a look, which gets the seconds and bytes it may take, and return its answer.

        A refusal is an answer too: nothing was measured. Raises ``UnknownActionError``, and ``AuditUnavailableError``
        where it cannot be recorded; then the look has not begun.
        """
        action = self._registry[name]
        if action.effect is not Effect.OBSERVE:
            return not_measured(NotMeasured.REFUSED, f"{name} does more than look")
        decision = decide(self._opened.session, action, now=self._moment_now(), readings=self._readings_now())
        match decision:
            case Refused(why=why, events=events):
                for event in events:
                    self._opened.record(event)
                return not_measured(NotMeasured.REFUSED, why)
            case Go():
                return self._done(action, arguments, run, decision)

    def _done(self, action: Action, arguments: tuple[str, ...], run: Callable[[Go], Looked], go: Go) -> Outcome:
        intent = self._opened.session.budget.calls_used + 1
        self._opened.record(
            Intended(
                intent=intent,
                action=action.name,
                arguments=arguments,
                effect=action.effect,
                moment=self._moment_now(),
            )
        )
        try:
            looked = run(go)
        except Exception as error:  # recorded, and raised again: whatever breaks, the entry does not stay open
            broken = not_measured(NotMeasured.BROKEN, type(error).__name__)
            self._opened.record(Concluded(intent=intent, outcome=broken))
            raise
        self._opened.record(Concluded(intent=intent, outcome=looked.outcome, answer_bytes=looked.answer_bytes))
        return looked.outcome
