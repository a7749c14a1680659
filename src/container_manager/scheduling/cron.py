"""Cron expressions: what is wrong with one, and the times it means in a time zone. Pure.

What happens when clocks are changed is what Debian's cron does. Where an expression names its hour and its minute
(neither begins with ``*``), a time that does not exist is made up for as soon as the clock has jumped, and a time that
comes twice counts once, the first time. Where it does not, it follows the time that really passes: what lies in the gap
is left out, and what lies in the repeated hour comes twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from container_manager.validation.plain_values import check_text
from container_manager.validation.problems import Problems, did_you_mean

#: Each field's name and what it may hold.
_FIELDS = (
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31, or L for the last day"),
    ("month", "1 to 12, or JAN to DEC"),
    ("day of the week", "0 to 7 (0 and 7 are Sunday), or SUN to SAT"),
)

_SHORTHANDS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}

_LONGEST = 200

#: Some time to ask an expression about; 50 years from here hold every kind of year.
_ANY_TIME = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Cron:
    """An expression of five fields, and the time zone in which it is read; both were found good."""

    expression: str
    time_zone: str = "UTC"

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Yield the times after ``moment``, in UTC and in order. There may be none."""
        last = moment
        for local in CronSim(self.expression, moment.astimezone(ZoneInfo(self.time_zone))):
            found = local.astimezone(UTC)
            # Several local times that do not exist are one moment, and the repeated hour begins with times that passed.
            if found > last:
                yield found
                last = found

    def between(self, after: datetime, until: datetime, *, most: int) -> Sequence[datetime]:
        """Return the last ``most`` of the times that are later than ``after`` and not later than ``until``.

        What it costs depends on ``most`` and hardly on how long that is.
        """
        span = timedelta(minutes=most)
        while True:
            start = max(after, until - span)
            found = self._until(start, until)
            if start == after or len(found) >= most:
                return found[-most:]
            span *= 8

    def _until(self, start: datetime, until: datetime) -> list[datetime]:
        found = []
        for moment in self.after(start):
            if moment > until:
                break
            found.append(moment)
        return found


def check_cron(expression: object, problems: Problems) -> str:
    """Return a good expression, its blanks evened out; the empty one where it is wrong."""
    text = " ".join(check_text("cron", expression, problems, example="'30 4 * * *'", longest=_LONGEST).split())
    if not text:
        if expression is None or (isinstance(expression, str) and not expression.strip()):
            problems.add("cron", "is empty.", "Write minute, hour, day, month, and weekday: '30 4 * * *'.")
        return ""
    found = _defect(text)
    if found is None:
        return text
    problems.add("cron", found[0], found[1])
    return ""


def check_time_zone(value: object, problems: Problems) -> str:
    """Return the name of a time zone that is known here; UTC where none was given."""
    name = check_text("time_zone", value, problems, example="'Europe/Paris'", longest=100)
    if not name:
        return "UTC"
    known = available_timezones()
    if name not in known:
        fix = did_you_mean(name, known, otherwise="Names are those of the IANA time zones, such as 'Europe/Paris'.")
        problems.add("time_zone", f"{name!r} is no time zone.", fix)
        return "UTC"
    return name


def next_times(cron: Cron, after: datetime, *, count: int) -> Sequence[datetime]:
    """Return the next times."""
    return list(islice(cron.after(after), count))


def _defect(text: str) -> tuple[str, str] | None:
    """Say what is wrong with an expression, and what would be right."""
    if text.startswith("@"):
        return _about_shorthand(text)
    fields = text.split()
    if len(fields) != len(_FIELDS):
        extra = " Seconds cannot be given." if len(fields) == len(_FIELDS) + 1 else ""
        fix = "Write minute, hour, day, month, and weekday: '30 4 * * *' is every day at 4:30."
        return f"has {len(fields)} field{'s' * (len(fields) != 1)}, and there are {len(_FIELDS)}.{extra}", fix
    for place, field in enumerate(fields):
        if not _is_readable(place, field):
            name, allowed = _FIELDS[place]
            return f"its {name} {field!r} cannot be read.", _field_fix(field, allowed)
    if not _ever_comes(text):
        return (
            "means a day that never comes.",
            "Look at its day and its month: '0 0 29 2 *' is the rarest day there is.",
        )
    return None


def _about_shorthand(text: str) -> tuple[str, str]:
    otherwise = f"Write for example '{_SHORTHANDS['@daily']}'."
    if text.lower() in _SHORTHANDS:
        return "is a shorthand, which not every cron reads alike.", f"Write '{_SHORTHANDS[text.lower()]}'."
    return f"{text!r} names no time.", otherwise


def _field_fix(field: str, allowed: str) -> str:
    first, dash, last = field.partition("-")
    if dash and first.isdecimal() and last.isdecimal() and int(first) > int(last):
        return f"A range goes upward; it is {allowed}. For both ends of the range write two parts: 'a-b,c-d'."
    return f"It is {allowed}; '*' is any, 'a,b' both, 'a-b' a range, and '*/n' every n-th."


def _is_readable(place: int, field: str) -> bool:
    fields = ["*"] * len(_FIELDS)
    fields[place] = field
    try:
        CronSim(" ".join(fields), _ANY_TIME)
    except CronSimError:
        # The 30th and 31st are readable although not every month has them: that is asked of the whole expression.
        return False
    return True


def _ever_comes(text: str) -> bool:
    try:
        return next(CronSim(text, _ANY_TIME), None) is not None
    except CronSimError:
        return False
