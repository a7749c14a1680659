"""Environment files, read as far as programs agree on them: assignments, references, and declared types."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

ASSIGNMENT = re.compile(r"\s*(?:export\s+)?(?P<name>[^=\s#][^=]*?)?(?P<before>\s*)=(?P<after>[ \t]*)(?P<value>.*)")
_BEGINS = re.compile(r"\s*(?:export\s+)?[A-Za-z_]\w*=")
_DECLARED = re.compile(r"\s*#@\s*(?P<name>[A-Za-z_]\w*)\s*:\s*(?P<words>.*)")
_REFERENCE = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*)(?P<rest>[:?+}-])")
_BOOLS = frozenset({"true", "false", "yes", "no", "on", "off", "1", "0"})


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An assignment. ``number`` is its first line, counted from 1; ``quote`` is empty for a plain value."""

    number: int
    name: str
    value: str
    quote: str


def lines_of(content: bytes) -> list[str]:
    """Return the lines; bytes that are no UTF-8 stay what they are."""
    return content.decode("utf-8", "surrogateescape").splitlines()


def content_with(lines: Sequence[str]) -> bytes:
    """Return the content that has these lines."""
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def entries(lines: Sequence[str]) -> Iterator[Entry]:
    """Yield assignments; a value in quotes ends where they are closed, or with its line where they never are."""
    number = 0
    while number < len(lines):
        found = None if lines[number].lstrip().startswith("#") else ASSIGNMENT.fullmatch(lines[number])
        start, number = number, number + 1
        if found is None:
            continue
        value = found["value"].strip()
        quote = value[0] if value[:1] in ('"', "'") else ""
        end = _closing(lines, start, value, quote) if quote else start
        value = "\n".join([value, *lines[start + 1 : end + 1]])
        number = end + 1
        yield Entry(number=start + 1, name=found["name"] or "", value=value, quote=quote)


def _closing(lines: Sequence[str], start: int, value: str, quote: str) -> int:
    """Return the line in which a quote is closed: its own where it is, or where nothing closes it."""
    if is_closed(value[1:], quote):
        return start
    for number in range(start + 1, len(lines)):
        if _BEGINS.match(lines[number]):
            return start
        if is_closed(lines[number], quote):
            return number
    return start


def is_closed(text: str, quote: str) -> bool:
    """Say whether a quote that is open before this text is closed in it."""
    return quote in (text.replace("\\\\", "").replace('\\"', "") if quote == '"' else text)


def references(value: str, quote: str) -> list[tuple[str, bool]]:
    """Return the names that a value asks for, and whether something stands in for each where it is missing."""
    if quote == "'":
        return []
    return [(found["name"], found["rest"] in (":", "-", "+")) for found in _REFERENCE.finditer(value.replace("$$", ""))]


def declared_in(lines: Iterable[str]) -> dict[str, str]:
    """Return what ``#@ NAME: words`` comments say, by name."""
    return {found["name"]: found["words"] for line in lines if (found := _DECLARED.match(line))}


def wrong_values(content: bytes, declared: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each name whose value is not of its declared type, with the type."""
    for entry in entries(lines_of(content)):
        plain = entry.value[1:-1] if entry.quote else re.split(r"\s#", entry.value)[0].strip()
        kind = next((word for word in declared.get(entry.name, "").split() if word.split("(")[0] in _FITS), "")
        if kind and "${" not in plain and not _FITS[kind.split("(")[0]](plain):
            yield entry.name, kind


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


_FITS: Mapping[str, Callable[[str], bool]] = {
    "int": lambda text: re.fullmatch(r"[+-]?\d{1,30}", text) is not None,
    "float": lambda text: re.fullmatch(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", text) is not None,
    "bool": lambda text: text.lower() in _BOOLS,
    "url": lambda text: re.fullmatch(r"[A-Za-z][\w+.-]*://\S+", text) is not None,
    "json": _is_json,
    "duration": lambda text: re.fullmatch(r"(?:\d+(?:\.\d+)?(?:ms|us|[wdhms]))+", text) is not None,
    "size": lambda text: re.fullmatch(r"\d+(?:\.\d+)?\s?[kmgtKMGT]?i?[bB]?", text) is not None,
}
