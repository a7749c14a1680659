"""The sixth stage: from texts to values of a declared type, and to each type's one canonical text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

from container_manager.environment.quantities import convert_duration, convert_size
from container_manager.environment.structures import convert_json, convert_url
from container_manager.environment.suggestions import Suggestions
from container_manager.environment.syntax import TypeName
from container_manager.environment.typed import ConversionError, Typed

_INT = re.compile(r"[+-]?[0-9]{1,30}")
_FLOAT = re.compile(r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,4})?")
_BOOLS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def convert(
    text: str, type_name: TypeName, choices: Sequence[str] = (), suggestions: Suggestions | None = None
) -> Typed:
    """Return the value of a text. Raises :class:`ConversionError`."""
    if type_name is TypeName.STR:
        return Typed(value=text, text=text)
    if type_name is TypeName.CHOICE:
        return _convert_choice(text, choices, suggestions or Suggestions())
    if not text:
        raise ConversionError("It is empty.", f"For example {EXAMPLES[type_name]}.")
    return _CONVERTERS[type_name](text)


def _convert_int(text: str) -> Typed:
    if not _INT.fullmatch(text):
        raise ConversionError("It is no whole number.", f"For example {EXAMPLES[TypeName.INT]}.")
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise ConversionError("It does not fit in 64 bits.", "Declare it str if no program computes with it.")
    return Typed(value=value, text=str(value))


def _convert_float(text: str) -> Typed:
    if not _FLOAT.fullmatch(text):
        raise ConversionError("It is no decimal number.", f"For example {EXAMPLES[TypeName.FLOAT]}.")
    value = float(text)
    if not math.isfinite(value):
        raise ConversionError("It is larger than any float.", f"For example {EXAMPLES[TypeName.FLOAT]}.")
    return Typed(value=value, text=repr(value))


def _convert_bool(text: str) -> Typed:
    value = _BOOLS.get(text.lower())
    if value is None:
        raise ConversionError("It is neither true nor false.", "Write true or false (or yes, no, on, off, 1, 0).")
    return Typed(value=value, text="true" if value else "false")


def _convert_choice(text: str, choices: Sequence[str], suggestions: Suggestions) -> Typed:
    if text in choices:
        return Typed(value=text, text=text)
    listed = f"There are {', '.join(choices)}."
    raise ConversionError("It is none of the choices.", suggestions.question(text, choices, otherwise=listed))


_CONVERTERS: Mapping[TypeName, Callable[[str], Typed]] = {
    TypeName.INT: _convert_int,
    TypeName.FLOAT: _convert_float,
    TypeName.BOOL: _convert_bool,
    TypeName.DURATION: convert_duration,
    TypeName.SIZE: convert_size,
    TypeName.URL: convert_url,
    TypeName.JSON: convert_json,
}

#: One good text for each type.
EXAMPLES: Mapping[TypeName, str] = {
    TypeName.STR: "any text",
    TypeName.INT: "8080",
    TypeName.FLOAT: "0.5",
    TypeName.BOOL: "true",
    TypeName.DURATION: "1h30m",
    TypeName.SIZE: "512MB",
    TypeName.URL: "https://example.com/path",
    TypeName.JSON: '{"retries": 3}',
}
