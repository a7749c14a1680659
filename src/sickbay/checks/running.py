"""Running checks side by side, each for its own time and all for one. Whatever hangs, the rest is reported."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sickbay.checks.check import Check, Place
from sickbay.checks.finding import Finding, unmeasured
from sickbay.safety.outcome import NotMeasured

#: Nobody waits longer than this for all checks together.
ALL_SECONDS = 15.0


@dataclass(frozen=True, kw_only=True)
class Result:
    """A check with what it found, and how long that took."""

    id: str
    title: str
    finding: Finding
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far it is: how many checks have answered, and the ids of those that are waited for."""

    answered: int
    waited_for: tuple[str, ...]


Told = Callable[[Progress], None]


def checked(check: Check, place: Place) -> Result:
    """Run one check, in this thread. What it raises is its own trouble and nobody's fault."""
    began = time.monotonic()
    try:
        finding = check.look(place)
    except PermissionError as error:  # what names it is not asked with more
        finding = unmeasured(NotMeasured.PERMISSION, str(error))
    except Exception as error:  # noqa: BLE001  (a look that breaks must not take the report with it)
        finding = unmeasured(NotMeasured.BROKEN, f"{type(error).__name__}: {error}")
    return Result(id=check.id, title=check.title, finding=finding, seconds=time.monotonic() - began)


def run_side_by_side(checks: Sequence[Check], place: Place, told: Told = lambda _: None) -> list[Result]:
    """Run checks in threads of their own, and return what they found in the order in which they were given.

    One that has not answered in its time was not measured; its thread is left behind, and ends with this process.
    """
    answers: queue.SimpleQueue[tuple[int, Result]] = queue.SimpleQueue()
    began = time.monotonic()
    for number, check in enumerate(checks):
        threading.Thread(
            target=lambda number=number, check=check: answers.put((number, checked(check, place))),
            name=f"check-{check.id}",
            daemon=True,
        ).start()
    waiting = dict(enumerate(checks))
    results: dict[int, Result] = {}
    while waiting:
        told(Progress(answered=len(results), waited_for=tuple(check.id for check in waiting.values())))
        passed = time.monotonic() - began
        nearest = min(_seconds(check) for check in waiting.values())
        try:
            number, result = answers.get(timeout=max(0.0, nearest - passed))
        except queue.Empty:
            late = [number for number, check in waiting.items() if _seconds(check) <= nearest]
            results.update((number, _late(waiting.pop(number))) for number in late)
        else:
            if waiting.pop(number, None) is not None:
                results[number] = result
    return [results[number] for number in range(len(checks))]


def _seconds(check: Check) -> float:
    return min(check.seconds, ALL_SECONDS)


def _late(check: Check) -> Result:
    seconds = _seconds(check)
    finding = unmeasured(NotMeasured.TIMEOUT, f"no answer in {seconds:g} s")
    return Result(id=check.id, title=check.title, finding=finding, seconds=seconds)
