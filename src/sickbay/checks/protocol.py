"""What a project's process tells while it runs its checks: one JSON object a line. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import msgspec

from sickbay.checks.check import Check
from sickbay.checks.finding import unmeasured
from sickbay.checks.running import Result
from sickbay.safety.outcome import NotMeasured


class Announced(msgspec.Struct, frozen=True, tag="announced"):
    """Which checks will run, in this order: the id, the title, and the seconds of each."""

    checks: tuple[tuple[str, str, float], ...]


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """A check begins."""

    id: str


class Done(msgspec.Struct, frozen=True, tag="done"):
    """A check has answered."""

    result: Result


Line = Announced | Begun | Done

_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Announced | Begun | Done)


def encoded(line: Line) -> bytes:
    """Return a line as it is written."""
    return msgspec.json.encode(line) + b"\n"


def announced(checks: Sequence[Check]) -> Announced:
    """Return the announcement of checks."""
    return Announced(tuple((check.id, check.title, check.seconds) for check in checks))


class Heard:
    """What a process has told so far. Lines may come cut anywhere."""

    def __init__(self) -> None:
        self._begun_line = b""
        self._titles: dict[str, str] = {}
        self._seconds: dict[str, float] = {}
        self._results: dict[str, Result] = {}
        self.begun = ""
        """The id of the check that began last."""
        self.has_announced = False
        """Whether it got as far as knowing its checks."""

    def feed(self, data: bytes) -> Heard:
        """Take what came, and return itself. Raises ``msgspec.DecodeError`` for what is no line of ours."""
        *lines, self._begun_line = (self._begun_line + data).split(b"\n")
        for raw in lines:
            match _DECODER.decode(raw):
                case Announced(checks):
                    self._titles = {name: title for name, title, _ in checks}
                    self._seconds = {name: seconds for name, _, seconds in checks}
                    self.has_announced = True
                case Begun(check):
                    self.begun = check
                case Done(result):
                    self._results[result.id] = result
        return self

    @property
    def names_checks(self) -> bool:
        """Whether there are any."""
        return bool(self._titles)

    @property
    def seconds(self) -> float:
        """How long the check at work may take; without one, for ever."""
        return self._seconds.get(self.begun, math.inf)

    @property
    def answered(self) -> int:
        """How many checks have answered."""
        return len(self._results)

    @property
    def waited_for(self) -> tuple[str, ...]:
        """The ids of the checks without an answer."""
        return tuple(name for name in self._titles if name not in self._results)

    def results(self, reason: NotMeasured, why: str, seconds: float) -> Iterator[Result]:
        """Yield all results. The check that was at work when it ended for ``why`` is told so; the rest follow it."""
        for name, title in self._titles.items():
            if (found := self._results.get(name)) is not None:
                yield found
            elif name == self.begun:
                yield Result(id=name, title=title, finding=unmeasured(reason, why), seconds=seconds)
            else:
                before = self.begun or "the project"
                finding = unmeasured(reason, f"{before} did not come to an end", follows=self.begun)
                yield Result(id=name, title=title, finding=finding, seconds=0.0)
