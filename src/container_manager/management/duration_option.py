"""Durations and moments as they are typed on a command line."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta

from django.utils.dateparse import parse_datetime

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")


def duration(text: str) -> timedelta:
    """Return the duration written as ``90d``, ``12h``, ``30m``, ``45s``, or ``2w``. Raises ``ArgumentTypeError``."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no duration; write for example 90d, 12h, 30m, or 45s")
    try:
        return timedelta(**{_UNITS[found[2]]: float(found[1])})
    except OverflowError:
        raise ArgumentTypeError(f"{text!r} is longer than any time") from None


def moment(text: str) -> datetime:
    """Return the moment written in ISO 8601 (UTC unless it says otherwise), or as a duration: that long ago."""
    try:
        if _DURATION.fullmatch(text.strip()):
            return datetime.now(UTC) - duration(text)
        found = parse_datetime(text)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise ArgumentTypeError(
            f"{text!r} is no moment; write for example 2026-05-01T12:00:00, or 10m for ten minutes ago"
        )
    return found if found.tzinfo else found.replace(tzinfo=UTC)
