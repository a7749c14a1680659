"""A whole preflight: all checks side by side, what of it is accepted, and what it comes to."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sickbay.checks.accepting import FILE, Acceptance, Accepted, InvalidAcceptedError, acceptances, accepted_in
from sickbay.checks.check import Place
from sickbay.checks.finding import Severity, unmeasured, warning
from sickbay.checks.machine import MACHINE_CHECKS
from sickbay.checks.project import interpreter_of, is_django
from sickbay.checks.project_process import PROJECT, ask_project
from sickbay.checks.protocol import Heard
from sickbay.checks.running import Progress, Result, Told, run_side_by_side
from sickbay.safety.outcome import NotMeasured, State, too_many_unmeasured


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What was found, and how long all of it took. ``accepted`` is what the project's file says, by check."""

    results: tuple[Result, ...]
    seconds: float
    accepted: Mapping[str, Acceptance] = field(default_factory=dict)

    def is_accepted(self, result: Result) -> bool:
        """Whether it does not count."""
        return result.id in self.accepted and self.accepted[result.id].is_in_force

    def counted(self, *states: State) -> list[Result]:
        """Return what is in these states and counts."""
        return [each for each in self.results if each.finding.outcome.state in states and not self.is_accepted(each)]

    @property
    def problems(self) -> list[Result]:
        """What is wrong."""
        return [each for each in self.counted(State.FAIL) if each.finding.severity is Severity.PROBLEM]

    @property
    def warnings(self) -> list[Result]:
        """What will be wrong, or stops nothing yet."""
        return [each for each in self.counted(State.FAIL) if each.finding.severity is Severity.WARNING]

    @property
    def unanswered(self) -> list[Result]:
        """What has no clear answer."""
        return self.counted(State.NOT_MEASURED, State.INCONCLUSIVE)

    @property
    def known(self) -> list[Result]:
        """What is not well and accepted."""
        return [each for each in self.results if self.is_accepted(each)]

    @property
    def is_healthy(self) -> bool:
        """Whether nothing counts that is not well."""
        return not (self.problems or self.warnings or self.unanswered)

    @property
    def needs_a_person(self) -> bool:
        """Whether so much has no answer that the rest says little."""
        return too_many_unmeasured([each.finding.outcome for each in self.results if not self.is_accepted(each)])


def examine(place: Place, *, today: date, told: Told = lambda _: None) -> Examination:
    """Run every check that this place has. A place without Django is not asked about it."""
    began = time.monotonic()
    tally = _Tally(told)
    project = _Asking(place, tally) if is_django(place) else None
    results = run_side_by_side(MACHINE_CHECKS, place, tally.machine)
    if project is not None:
        results += project.results()
    entries, complaint = read_accepted(place.folder / FILE)
    if complaint is not None:
        results.append(complaint)
    return Examination(
        results=tuple(results),
        seconds=time.monotonic() - began,
        accepted=acceptances(results, entries, today),
    )


def read_accepted(path: Path) -> tuple[Sequence[Accepted], Result | None]:
    """Return what is accepted, and what is to be said of the file where it cannot be used: then nothing is."""
    try:
        return accepted_in(path.read_text(encoding="utf-8")), None
    except FileNotFoundError:
        return (), None
    except (OSError, UnicodeError, InvalidAcceptedError) as error:
        finding = warning(
            "The file of accepted problems cannot be used: nothing is accepted",
            evidence=(f"{path}: {error}",),
            advice="Correct it; docs/doctor.md of Sickbay shows what it holds.",
        )
        return (), Result(id="accepted", title="accepted problems", finding=finding, seconds=0.0)


class _Tally:
    """Adds up the progress of both, which come from two threads."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._lock = threading.Lock()
        self._machine = self._project = Progress(answered=0, waited_for=())

    def project_begins(self) -> None:
        with self._lock:
            self._project = Progress(answered=0, waited_for=(PROJECT,))

    def machine(self, progress: Progress) -> None:
        with self._lock:
            self._machine = progress
            self._tell()

    def project(self, heard: Heard) -> None:
        with self._lock:
            waited_for = heard.waited_for if heard.has_announced else (PROJECT,)
            self._project = Progress(answered=heard.answered, waited_for=waited_for)
            self._tell()

    def _tell(self) -> None:
        answered = self._machine.answered + self._project.answered
        self._told(Progress(answered=answered, waited_for=self._machine.waited_for + self._project.waited_for))


class _Asking:
    """Asks the project while the machine is looked at."""

    def __init__(self, place: Place, tally: _Tally) -> None:
        self._results: list[Result] = []
        tally.project_begins()
        self._thread = threading.Thread(target=self._ask, args=(place, tally), name="project", daemon=True)
        self._thread.start()

    def _ask(self, place: Place, tally: _Tally) -> None:
        try:
            self._results = ask_project(place, interpreter_of(place), told=tally.project)
        except Exception as error:  # noqa: BLE001  (the machine's part is told whatever happened here)
            finding = unmeasured(NotMeasured.BROKEN, f"{type(error).__name__}: {error}")
            self._results = [Result(id=PROJECT, title="the Django project", finding=finding, seconds=0.0)]

    def results(self) -> list[Result]:
        """Wait for it, as long as it may take by itself."""
        self._thread.join()
        return self._results
