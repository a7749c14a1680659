"""Durations and sizes."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction

from container_manager.environment.typed import ConversionError, Typed

_MICROSECONDS = {
    "w": 7 * 86_400_000_000,
    "d": 86_400_000_000,
    "h": 3_600_000_000,
    "m": 60_000_000,
    "s": 1_000_000,
    "ms": 1_000,
    "us": 1,
}
_ORDER = tuple(_MICROSECONDS)
_TERM = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)(ms|us|w|d|h|m|s)")
_DURATION = re.compile(rf"(?:{_TERM.pattern})+")
_SIZE = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,12})?)[ ]?(?:([kmgt])?i?b?)", re.IGNORECASE)
_BYTES = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}

#: 100 years: what is longer is a mistake.
_LONGEST = 100 * 365 * _MICROSECONDS["d"]


def convert_duration(text: str) -> Typed:
    """Return a ``timedelta``; its canonical text has hours, minutes, seconds, and their parts, as in ``1h30m``."""
    if not _DURATION.fullmatch(text):
        bare = text.isascii() and text.isdigit()
        message = "It has no unit." if bare else "It is no duration."
        raise ConversionError(message, f"Write {text}s for seconds." if bare and len(text) < 12 else _DURATION_FIX)
    terms = [(match[1], match[2]) for match in _TERM.finditer(text)]
    ranks = [_ORDER.index(unit) for _, unit in terms]
    if ranks != sorted(set(ranks)):
        raise ConversionError("Its units do not go from large to small, each once.", _DURATION_FIX)
    total = sum((Fraction(number) * _MICROSECONDS[unit] for number, unit in terms), Fraction(0))
    if total.denominator != 1:
        raise ConversionError("It is finer than a microsecond.", _DURATION_FIX)
    if total > _LONGEST:
        raise ConversionError("It is longer than 100 years.", _DURATION_FIX)
    return Typed(value=timedelta(microseconds=int(total)), text=_duration_text(int(total)))


def _duration_text(microseconds: int) -> str:
    pieces = []
    for unit in ("h", "m", "s", "ms", "us"):
        count, microseconds = divmod(microseconds, _MICROSECONDS[unit])
        if count:
            pieces.append(f"{count}{unit}")
    return "".join(pieces) or "0s"


def convert_size(text: str) -> Typed:
    """Return bytes; the canonical text is their number."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ConversionError("It is no size.", _SIZE_FIX)
    size = Fraction(match[1]) * _BYTES[(match[2] or "").lower()]
    if size.denominator != 1:
        raise ConversionError("It is no whole number of bytes.", _SIZE_FIX)
    if size >= 2**63:
        raise ConversionError("It is larger than any file.", _SIZE_FIX)
    return Typed(value=int(size), text=str(int(size)))


_DURATION_FIX = "For example 90s, 1h30m, 500ms, 2d; the units are w, d, h, m, s, ms, us."
_SIZE_FIX = "For example 512MB, 64k, 1.5G; 1 k is 1024 bytes."
