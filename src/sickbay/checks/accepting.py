"""Known problems that somebody accepted until a day: the file they stand in, and what they do to findings. Pure."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sickbay.checks.running import Result
from sickbay.safety.outcome import State

FILE = "sickbay-accepted.toml"
"""Where a project keeps them, in its folder."""

HEAD = """\
# Known problems that `sickbay doctor` does not count, each until its day. Of two for one check the last one counts.
# Added by `sickbay doctor --accept CHECK --until DATE --reason TEXT`; an entry may be removed by hand.
"""

_KEYS = frozenset({"check", "found", "until", "reason"})


class InvalidAcceptedError(ValueError):
    """The file of accepted problems cannot be read, or asks for what is not given. The message says what and where."""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """One accepted problem: of which check, what it had found (:attr:`Finding.kind`), until the end of which day."""

    check: str
    found: str
    until: date
    reason: str


def accepted_in(text: str) -> tuple[Accepted, ...]:
    """Read the file. Raises :class:`InvalidAcceptedError`."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidAcceptedError(f"it is no TOML: {error}") from error
    entries = document.get("accepted", [])
    if set(document) - {"accepted"} or not isinstance(entries, list):
        raise InvalidAcceptedError("it may hold nothing but [[accepted]] tables")
    return tuple(_entry(number, entry) for number, entry in enumerate(entries, 1))


def _entry(number: int, entry: Any) -> Accepted:  # noqa: ANN401  (TOML is of any shape)
    if not isinstance(entry, dict) or set(entry) != _KEYS:
        raise InvalidAcceptedError(f"entry {number} needs exactly {', '.join(sorted(_KEYS))}")
    until = entry["until"]
    if not isinstance(until, date) or isinstance(until, datetime):
        raise InvalidAcceptedError(f"entry {number}: until is a day, like 2027-01-31, without quotes")
    texts = {key: entry[key] for key in ("check", "found", "reason")}
    for key, value in texts.items():
        if not isinstance(value, str) or not value.strip():
            raise InvalidAcceptedError(f"entry {number}: {key} is a text")
    return Accepted(until=until, **texts)


def with_another(text: str, accepted: Accepted) -> str:
    """Return the file's text with one more entry; everything in it stays as it is."""
    before = f"{text.rstrip()}\n" if text.strip() else HEAD
    lines = [
        "[[accepted]]",
        f"check = {_quoted(accepted.check)}",
        f"found = {_quoted(accepted.found)}",
        f"until = {accepted.until.isoformat()}",
        f"reason = {_quoted(accepted.reason)}",
    ]
    return "\n".join([before, *lines, ""])


def _quoted(text: str) -> str:
    """Return a TOML text. JSON's escapes are TOML's too, but for a few characters, which become blanks."""
    return json.dumps("".join(each if each.isprintable() else " " for each in text), ensure_ascii=False)


def latest_day(today: date) -> date:
    """Return the last day until which something can be accepted: the same day of next year."""
    try:
        return today.replace(year=today.year + 1)
    except ValueError:  # the 29th of February
        return today.replace(year=today.year + 1, month=2, day=28)


def check_until(until: date, today: date) -> None:
    """Refuse a day that is over, or too far away. Raises :class:`InvalidAcceptedError`."""
    if until < today:
        raise InvalidAcceptedError(f"{until} is over")
    if until > latest_day(today):
        raise InvalidAcceptedError(f"{until} is more than a year away: {latest_day(today)} is the last day")


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """What the file says of one finding: it is accepted, or it was and is not any more, for a reason."""

    accepted: Accepted
    is_in_force: bool
    why_not: str = ""


def acceptances(results: Iterable[Result], entries: Sequence[Accepted], today: date) -> Mapping[str, Acceptance]:
    """Return what is said of each finding that is not well, by the check's id.

    What follows from an accepted finding is accepted with it.
    """
    last = {entry.check: entry for entry in entries}
    sick = {result.id: result for result in results if result.finding.outcome.state is not State.OK}
    said = {name: _judged(last[name], result, today) for name, result in sick.items() if name in last}
    for name, result in sick.items():
        cause = _first_cause(result, sick)
        if name not in said and cause in said and said[cause].is_in_force:
            said[name] = said[cause]
    return said


def _first_cause(result: Result, sick: Mapping[str, Result]) -> str:
    seen = set()
    while result.finding.follows in sick and result.id not in seen:
        seen.add(result.id)
        result = sick[result.finding.follows]
    return result.id


def _judged(entry: Accepted, result: Result, today: date) -> Acceptance:
    if entry.until < today:
        return Acceptance(accepted=entry, is_in_force=False, why_not=f"was accepted until {entry.until}, which is over")
    if entry.until > latest_day(today):
        return Acceptance(accepted=entry, is_in_force=False, why_not=f"{entry.until} is more than a year away")
    if not result.finding.is_covered_by(entry.found):
        return Acceptance(accepted=entry, is_in_force=False, why_not=f"what was accepted is another: {entry.found}")
    return Acceptance(accepted=entry, is_in_force=True)
