"""What may be shown of texts that others wrote: no character that acts on a reader, no line without an end."""

from __future__ import annotations

import re

from sickbay.safety.cleaning import printable as harmless

#: Characters of a line that are shown; of those, how many stand before the telling part.
LONGEST_LINE = 300
_LEAD = 60

_TAB = "    "
_CODE_SPAN = re.compile(r"`([^`]+)`")


def printable(text: str) -> str:
    """Return the text with a visible mark for each character that would act, and with spaces for tabs."""
    return text if text.isprintable() else harmless(text).replace("\t", _TAB)


def printable_value(value: object) -> object:
    """Return a JSON value with every text of it printable, keys too."""
    match value:
        case str():
            return printable(value)
        case dict():
            return {printable_value(key): printable_value(item) for key, item in value.items()}
        case list():
            return [printable_value(item) for item in value]
        case _:
            return value


def shortened(text: str, *, column: int | None = None, longest: int = LONGEST_LINE) -> str:
    """Return a line, of a long one the part around its telling column, with the number of characters left out."""
    text = text.rstrip()
    if len(text) <= longest:
        return text
    telling = (column or 1) - 1
    start = 0 if telling + _LEAD <= longest else min(telling - _LEAD, len(text) - longest)
    end = start + longest
    before = f"[{start} characters] … " if start else ""
    after = f" … [{len(text) - end} characters]" if end < len(text) else ""
    return f"{before}{text[start:end]}{after}"


def code_spans(sentence: str) -> list[tuple[bool, str]]:
    """Return the pieces of a guide's sentence, each with whether it is code: ``Run `df` now`` has three."""
    pieces: list[tuple[bool, str]] = []
    end = 0
    for found in _CODE_SPAN.finditer(sentence):
        pieces += [(False, sentence[end : found.start()]), (True, found.group(1))]
        end = found.end()
    pieces.append((False, sentence[end:]))
    return [(is_code, text) for is_code, text in pieces if text]


def counted(number: int, noun: str) -> str:
    """Return ``1 line``, ``2 lines``, ``12,000 lines``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
