"""Running a guide's looks and proofs where they can change nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sickbay.guides.answers import CommandAnswer
from sickbay.guides.commands import InputError, filled_in, input_value
from sickbay.guides.model import Guide
from sickbay.guides.parts import FunctionCall, Probe, Verify
from sickbay.investigation.calling import call_command
from sickbay.investigation.engine_view import engine_socket, engine_view
from sickbay.investigation.place import Place
from sickbay.safety.outcome import NotMeasured, Outcome, State, not_measured
from sickbay.safety.sandbox import Command, run_confined

_MOST_PORT = 65535


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What came of a look. ``answer`` is ``None`` where nobody answered; ``seconds`` is how long it took."""

    outcome: Outcome
    answer: CommandAnswer | None = None
    seconds: float = 0.0


def look(guide: Guide, part: Probe | Verify, place: Place, *, seconds_left: float) -> Looked:
    """Run a probe or a verification confined: it writes nowhere, and reaches only what the guide says it needs."""
    begun = time.monotonic()
    try:
        arguments = _arguments(guide, part, place.values)
        ports = frozenset(_port(guide, word, place.values) for word in part.reach.ports)
    except InputError as error:
        return Looked(outcome=not_measured(NotMeasured.REFUSED, str(error)))
    named = {name: place.environment[name] for name in ("PATH", *part.reach.variables) if name in place.environment}
    with _view(part, place) as (port, variables):
        command = Command(
            arguments=tuple(arguments),
            seconds=part.timeout,
            ports=ports | port,
            names=bool(ports),  # the engine's view has a number for an address
            folder=place.folder,
            environment={**named, **variables},
        )
        ran = run_confined(command, seconds_left=seconds_left)
    place.alarms.hear(ran.output.text, ran.errors.text)
    seconds = time.monotonic() - begun
    if ran.outcome.state is State.NOT_MEASURED or ran.exit_code is None:
        return Looked(outcome=ran.outcome, seconds=seconds)
    answer = CommandAnswer(exit_code=ran.exit_code, output=ran.output.text, errors=ran.errors.text)
    return Looked(outcome=ran.outcome, answer=answer, seconds=seconds)


def _arguments(guide: Guide, part: Probe | Verify, values: Mapping[str, str]) -> list[str]:
    """Return the argument list of a look's one command or function. Raises ``InputError``."""
    if isinstance(part.action, FunctionCall):
        return call_command(guide, part.action, values)
    return filled_in(part.action[0], guide.front.inputs, values)


def _port(guide: Guide, word: str, values: Mapping[str, str]) -> int:
    text = input_value(word[1:], guide.front.inputs, values) if word.startswith("$") else word
    if not text.isdecimal() or not 0 < int(text) <= _MOST_PORT:
        raise InputError(f"{word} is no TCP port")
    return int(text)


@contextmanager
def _view(part: Probe | Verify, place: Place) -> Iterator[tuple[frozenset[int], Mapping[str, str]]]:
    """Open a view of the engine for a look that asks it. An engine elsewhere is not reached."""
    socket = engine_socket(place.environment)
    if socket is None or not _asks_engine(part):
        yield frozenset(), {}
        return
    with engine_view(socket) as view:
        yield frozenset({view.port}), view.variables


def _asks_engine(part: Probe | Verify) -> bool:
    return isinstance(part.action, FunctionCall) or part.action[0].program == "docker"
