"""What the guides about environment files look for in one, and change in it. Nothing in a file is run or replaced.

Lines are read as programs agree on them: ``NAME=value``, values in quotes over several lines, and ``#@ NAME: type``
comments that declare a name. No answer shows a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from sickbay.guides.configuration.env_lines import (
    ASSIGNMENT,
    Entry,
    content_with,
    declared_in,
    entries,
    is_closed,
    lines_of,
    references,
    wrong_values,
)
from sickbay.guides.function_parts import UNREADABLE, WELL, WRONG, all_well, answer, change, looked, put_back
from sickbay.guides.kept_file import CannotChangeError, content_of

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BARE = re.compile(r"\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*")
_YAML = re.compile(r"(\s*)([A-Za-z_][A-Za-z0-9_]*): +(\S.*)")
_OPEN = re.compile(r"(?<!\$)\$\{(?P<name>[A-Za-z_]\w*)?(?P<rest>[^}]*)(?P<close>\}?)")


def syntax(path: str) -> int:
    """Print each malformed line and each broken placeholder, with what is wrong."""
    return looked(path, lambda content: (_told(number, what) for number, what, _ in _malformed(lines_of(content))))


def is_well_formed(path: str) -> int:
    """Print ``well-formed``, or what is wrong."""
    return all_well(path, lambda content: (what for _, what, _ in _malformed(lines_of(content))), "well-formed")


def mend_syntax(path: str) -> int:
    """Write each malformed line as it was meant, where only one meaning is left."""
    return change(path, _mended)


def unmend_syntax(path: str) -> int:
    """Put the file back as it was."""
    return put_back(path, _mended)


def circle(path: str) -> int:
    """Print the names of each circle of references."""
    return looked(path, lambda content: (f"circle: {', '.join(names)}" for names in _circles(lines_of(content))))


def undefined(path: str, template: str = "") -> int:
    """Print the names without a default that the template asks for, and that the file does not give."""
    try:
        asked = content_of(template) if template and template != path else None
    except OSError as error:
        return answer([str(error)], UNREADABLE)
    return looked(path, lambda content: (f"undefined: {name}" for name in _missing(content, asked)))


def types(path: str, example: str) -> int:
    """Print each name whose value is not of the type that the file or its example declares; 3 where none does."""
    try:
        declared = declared_in(lines_of(content_of(example))) | declared_in(lines_of(content_of(path)))
    except OSError as error:
        return answer([str(error)], UNREADABLE)
    if not declared:
        return answer(["no type is declared"], 3)
    return looked(
        path, lambda content: (f"type: {name} is no {kind}" for name, kind in wrong_values(content, declared))
    )


def is_without_circle(path: str) -> int:
    """Print ``no circle``, or the circles."""
    return all_well(path, lambda content: (", ".join(names) for names in _circles(lines_of(content))), "no circle")


def is_all_defined(path: str, template: str = "") -> int:
    """Print ``all defined``, or the names that nothing gives a value."""
    code = undefined(path, template)
    return answer(["all defined"]) if code == WELL else code


def are_all_typed(path: str, example: str) -> int:
    """Print ``all of their types``, or the names whose values are not."""
    code = types(path, example)
    return answer(["all of their types"]) if code == WELL else code


def take(path: str, example: str, problem: str, template: str = "") -> int:
    """Take the lines of the names that have a problem (circle, undefined, type) from the example."""
    return _with_change(change, path, example, problem, template)


def give_back(path: str, example: str, problem: str, template: str = "") -> int:
    """Put the file back as it was."""
    return _with_change(put_back, path, example, problem, template)


def _with_change(
    act: Callable[[str, Callable[[bytes], bytes]], int], path: str, example: str, problem: str, template: str
) -> int:
    try:
        good = lines_of(content_of(example))
        asked = content_of(template) if template and template != path else None
    except OSError as error:
        return answer([str(error)], WRONG)
    return act(path, lambda content: _taken(content, good, problem, asked))


def _told(number: int, what: str) -> str:
    return f"line {number}: {what}" if what.startswith("placeholder") else f"line {number}: malformed: {what}"


def _malformed(lines: Sequence[str]) -> Iterator[tuple[int, str, str | None]]:
    """Yield line, what is wrong, and the line as it was meant, ``None`` where only its writer knows."""
    inside: set[int] = set()
    for entry in entries(lines):
        inside.update(range(entry.number + 1, entry.number + entry.value.count("\n") + 1))
        yield from _entry_problems(lines[entry.number - 1], entry)
    for number, line in enumerate(lines, 1):
        if number in inside or not line.strip() or line.lstrip().startswith("#") or ASSIGNMENT.fullmatch(line):
            continue
        if yaml := _YAML.fullmatch(line):
            yield number, "a colon where '=' belongs", f"{yaml[1]}{yaml[2]}={yaml[3]}"
        elif not _BARE.fullmatch(line):
            yield number, "no assignment", None


def _entry_problems(line: str, entry: Entry) -> Iterator[tuple[int, str, str | None]]:
    found = ASSIGNMENT.fullmatch(line)
    if found is None:
        return
    if not _NAME.fullmatch(entry.name):
        yield entry.number, "no variable's name", None
        return
    mended = line
    if found["before"] or (found["after"] and entry.value):
        mended = line[: found.end("name")] + "=" + line[found.start("value") :]
        yield entry.number, "spaces around '='", mended
    if entry.quote and not is_closed(entry.value[1:], entry.quote):
        mended += entry.quote
        yield entry.number, f"the quote {entry.quote} is not closed", mended
    elif entry.quote and "\n" not in entry.value and _goes_on(entry):
        yield entry.number, f"something follows the closing quote {entry.quote}", None
    if entry.quote != "'" and "\n" not in entry.value:
        yield from _placeholder_problems(mended, entry.number)


def _goes_on(entry: Entry) -> bool:
    """Say whether something follows the closing quote."""
    return re.search(rf"[^\\]{entry.quote}\s*[^\s#{entry.quote}]", entry.value) is not None


def _placeholder_problems(line: str, number: int) -> Iterator[tuple[int, str, str | None]]:
    for found in _OPEN.finditer(line):
        rest = found["rest"]
        if found["close"] and found["name"] and re.fullmatch(r"|:?[-?+=].*", rest):
            continue
        if found["close"]:
            yield number, "placeholder: no reference between '${' and '}'", None
        elif found["name"] and not rest.startswith((":", "-", "?", "+")):
            closed = f"{line[: found.end('name')]}}}{line[found.end('name') :]}"
            yield number, "placeholder: '${' is not closed", closed
        else:
            yield number, "placeholder: '${' is not closed", None


def _mended(content: bytes) -> bytes:
    """Return the content with each malformed line as it was meant, one thing after the other."""
    lines = lines_of(content)
    for _ in range(4 * len(lines) + 1):
        problem = next(iter(_malformed(lines)), None)
        if problem is None:
            return content if lines == lines_of(content) else content_with(lines)
        number, what, mended = problem
        if mended is None:
            raise CannotChangeError(f"line {number}: {what}; only who wrote it knows what was meant")
        lines[number - 1] = mended
    raise CannotChangeError("the lines cannot be told apart")


def _circles(lines: Sequence[str]) -> list[list[str]]:
    """Return each circle of names, in the order of the file. An own name means what an earlier line gave it."""
    asks: dict[str, list[str]] = {}
    for entry in entries(lines):
        asked = references(entry.value, entry.quote)
        own = [name for name, stands_in in asked if name == entry.name and name not in asks and not stands_in]
        asks[entry.name] = [*own, *(name for name, _ in asked if name != entry.name)]
    found: dict[frozenset[str], list[str]] = {}
    for start in asks:
        if path := _way_back(start, asks):
            found.setdefault(frozenset(path), path)
    return list(found.values())


def _way_back(start: str, asks: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the shortest way from a name to itself, empty where there is none."""
    ways = [[start]]
    seen: set[str] = set()
    for way in ways:
        for name in asks[way[-1]]:
            if name == start:
                return way
            if name in asks and name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def _missing(content: bytes, template: bytes | None) -> list[str]:
    lines = lines_of(content)
    given = {entry.name for entry in entries(lines)} | {
        name for name, words in declared_in(lines).items() if "required" in words.split()
    }
    asked = (
        references(re.sub(r"(?m)^\s*#.*$", "", template.decode("utf-8", "replace")), "")
        if template
        else [each for entry in entries(lines) for each in references(entry.value, entry.quote)]
    )
    return list(dict.fromkeys(name for name, stands_in in asked if not stands_in and name not in given))


def _taken(content: bytes, example: Sequence[str], problem: str, template: bytes | None) -> bytes:
    """Return the content with lines of the example: for a circle one of its names, else every name."""
    lines = lines_of(content)
    good = {entry.name: entry for entry in entries(example) if "\n" not in entry.value}
    for _ in range(len(lines) + 1):
        names = _in_trouble(content_with(lines), example, problem, template)
        if not names:
            return content if lines == lines_of(content) else content_with(lines)
        usable = [name for name in names if name in good and not _asks_for(good[name], names)]
        if not usable:
            raise CannotChangeError(
                f"the example has no line for {' or '.join(names)}: only who knows the value can write it"
            )
        _put(lines, usable[0], example[good[usable[0]].number - 1])
    raise CannotChangeError("the example has the same problem")


def _in_trouble(content: bytes, example: Sequence[str], problem: str, template: bytes | None) -> list[str]:
    lines = lines_of(content)
    if problem == "circle":
        return next(iter(_circles(lines)), [])
    if problem == "undefined":
        return _missing(content, template)[:1]
    return [name for name, _ in wrong_values(content, declared_in(example) | declared_in(lines))][:1]


def _asks_for(entry: Entry, names: Sequence[str]) -> bool:
    return any(name in names for name, _ in references(entry.value, entry.quote))


def _put(lines: list[str], name: str, line: str) -> None:
    """Write a name's line over the one it has; one that it has not goes to the top, before whoever asks for it."""
    numbers = [entry.number for entry in entries(lines) if entry.name == name]
    if numbers:
        lines[numbers[-1] - 1] = line
    else:
        lines.insert(0, line)
