"""Checking plain values: texts, numbers, switches. ``None`` always means "not given"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from container_manager.validation.problems import Problems

#: The longest single argument or variable that Linux hands to a program, its end mark included.
LONGEST_ARGUMENT_BYTES = 128 * 1024

_SIZE = re.compile(r"(\d{1,9})\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)
_MB_PER_UNIT = {"k": 1 / 1024, "": 1 / 1024**2, "m": 1.0, "g": 1024.0, "t": 1024.0**2}


@dataclass(frozen=True, kw_only=True)
class NumberRange:
    """What a number may be; ``unit`` is for the reader."""

    least: float
    most: float
    unit: str
    example: str


def check_text(field: str, value: object, problems: Problems, *, example: str, longest: int | None = None) -> str:
    """Return a text that can be stored and passed on; the empty one for ``None`` and for what is wrong."""
    if value is None:
        return ""
    if not isinstance(value, str):
        problems.add(field, f"must be text, not {kind_of(value)}.", f"Write {_as_text(value, example)}.")
        return ""
    defect = text_defect(value)
    if defect:
        problems.add(field, defect, f"Write it without, for example {example}.")
        return ""
    if longest is not None and len(value) > longest:
        problems.add(field, f"is {len(value)} characters long.", f"At most {longest} are kept.")
        return ""
    return value


def text_defect(value: str) -> str | None:
    """Say why no system call and no database takes this text; ``None`` when they do."""
    if "\0" in value:
        return "holds a NUL character, which no program can be given."
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        return "holds half a surrogate pair, which is no character."
    if size >= LONGEST_ARGUMENT_BYTES:
        return f"is {size} bytes long, and Linux passes less than {LONGEST_ARGUMENT_BYTES} at once: put it in a file."
    return None


def check_whole(field: str, value: object, problems: Problems, allowed: NumberRange) -> int | None:
    """Return a whole number within ``allowed``; ``None`` for ``None`` and for what is wrong."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        problems.add(
            field, f"must be a whole number of {allowed.unit}, not {kind_of(value)}.", _number_fix(value, allowed)
        )
        return None
    return value if _in_range(field, value, problems, allowed) else None


def check_number(field: str, value: object, problems: Problems, allowed: NumberRange) -> float | None:
    """Return a finite number within ``allowed``; ``None`` for ``None`` and for what is wrong."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        problems.add(field, f"must be a number of {allowed.unit}, not {kind_of(value)}.", _number_fix(value, allowed))
        return None
    return float(value) if _in_range(field, value, problems, allowed) else None


def check_switch(field: str, value: object, problems: Problems, *, default: bool) -> bool:
    """Return ``True`` or ``False``; ``default`` for ``None`` and for what is wrong."""
    if value is None:
        return default
    if not isinstance(value, bool):
        problems.add(field, f"must be True or False, not {kind_of(value)}.", f"The default is {default}.")
        return default
    return value


def kind_of(value: object) -> str:
    """Name a value's type as it is shown to people."""
    return "None" if value is None else type(value).__name__


def _in_range(field: str, value: float, problems: Problems, allowed: NumberRange) -> bool:
    if allowed.least <= value <= allowed.most:
        return True
    if value < allowed.least:
        message = f"must be at least {allowed.least:g} {allowed.unit}, not {_short(value)}."
    elif value > allowed.most:
        message = f"must be at most {allowed.most:.0f} {allowed.unit}, not {_short(value)}."
    else:
        message = "must be a number, not NaN."
    problems.add(field, message, f"For example {allowed.example}.")
    return False


def _short(value: float) -> str:
    # Python refuses to print whole numbers of more than a few thousand digits.
    return str(value) if abs(value) < 10**15 else "a number that large"


def _number_fix(value: object, allowed: NumberRange) -> str:
    if isinstance(value, str) and allowed.unit == "MB":
        size = _SIZE.fullmatch(value.strip())
        megabytes = int(int(size[1]) * _MB_PER_UNIT[size[2].lower()]) if size else 0
        if allowed.least <= megabytes <= allowed.most:
            return f"Write {megabytes}."
    if isinstance(value, float) and value.is_integer() and allowed.least <= value <= allowed.most:
        return f"Write {int(value)}."
    return f"For example {allowed.example}."


def shown(value: object) -> str:
    """Show a value that was given, cut where it is long."""
    return repr(value[:100]) if isinstance(value, str) else f"a value of type {kind_of(value)}"


def _as_text(value: object, example: str) -> str:
    return f"'{value}'" if type(value) is int and abs(value) < 10**15 else f"for example {example}"
