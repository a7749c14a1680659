"""What the guides about containers' logs look for in a file that starts containers, and change in it.

That is a shell script with ``docker run``, a compose file, or the engine's ``daemon.json``. Nothing in it is run.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping

from sickbay.guides.function_parts import all_well, change, looked, put_back
from sickbay.guides.kept_file import CannotChangeError

_DRIVER = re.compile(
    r"(?:--log-driver[= ][\"']?|\"log-driver\"\s*:\s*\""
    r"|\blogging:[ \t]*\n(?:[ \t]+.*\n){0,8}?[ \t]+driver:[ \t]*[\"']?)(?P<driver>[\w./:-]+)"
)
_OPTION = re.compile(r"--log-opt[= ][\"']?(?P<option>[\w.-]+)=")
_BLOCK = re.compile(
    r"\"log-opts\"\s*:\s*\{(?P<json>[^}]*)\}"
    r"|\blogging:[ \t]*\n(?:[ \t]+(?!options:).*\n){0,8}?(?P<indent>[ \t]+)options:[ \t]*\n"
    r"(?P<yaml>(?:(?P=indent)[ \t]+\S.*\n?)*)"
)
_JSON_KEY = re.compile(r"\"(?P<option>[\w.-]+)\"\s*:")
_YAML_KEY = re.compile(r"(?m)^[ \t]+[\"']?(?P<option>[\w.-]+)[\"']?:[ \t]*\S")
_DETACHED_AND_REMOVED = re.compile(
    r"\b(?:docker|podman)(?: container)? run\b(?=(?:[^\n]|\\\n)*?\s(?:-d|--detach|-\w*d\w*)\s)"
    r"(?P<before>(?:[^\n]|\\\n)*?)(?P<rm>\s+--rm(?:=true)?)(?=\s)"
)

_EVERYWHERE = frozenset(
    {
        *("mode", "max-buffer-size", "cache-disabled", "cache-max-size", "cache-max-file", "cache-compress"),
        *("labels", "labels-regex", "env", "env-regex", "tag"),
    }
)
_OWN: Mapping[str, frozenset[str]] = {
    "json-file": frozenset({"max-size", "max-file", "compress"}),
    "local": frozenset({"max-size", "max-file", "compress"}),
    "journald": frozenset(),
    "none": frozenset(),
}
"""The options of the drivers that need nothing outside of the engine."""


def look(path: str, what: str) -> int:
    """Print what is wrong: ``readable`` of the driver, ``options`` of its options, ``kept`` of the container."""
    return looked(path, lambda content: _LOOKS[what](_text(content)))


def is_well(path: str, what: str) -> int:
    """Print ``well``, or what is wrong."""
    return all_well(path, lambda content: _LOOKS[what](_text(content)), "well")


def is_readable_and_known(path: str) -> int:
    """Print ``well`` where the driver can be read and knows its options, or what is wrong."""
    return all_well(path, lambda content: (*_unreadable(_text(content)), *_wrong_options(_text(content))), "well")


def mend(path: str, what: str) -> int:
    """Change the file so that nothing is wrong."""
    return change(path, lambda content: _MENDS[what](_text(content)).encode("utf-8", "surrogateescape"))


def take_back(path: str, what: str) -> int:
    """Put the file back as it was."""
    return put_back(path, lambda content: _MENDS[what](_text(content)).encode("utf-8", "surrogateescape"))


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _unreadable(text: str) -> Iterator[str]:
    for found in _DRIVER.finditer(text):
        if found["driver"] == "none":
            yield f"unreadable: the driver none, line {_line(text, found.start('driver'))}"


def _with_readable_driver(text: str) -> str:
    return _DRIVER.sub(
        lambda found: found[0][: -len("none")] + "local" if found["driver"] == "none" else found[0], text
    )


def _options(text: str) -> Iterator[tuple[str, int]]:
    """Yield the name and the place of each option of a log driver."""
    for found in _OPTION.finditer(text):
        yield found["option"], found.start("option")
    for block in _BLOCK.finditer(text):
        kind = "json" if block["json"] is not None else "yaml"
        for found in (_JSON_KEY if kind == "json" else _YAML_KEY).finditer(block[kind]):
            yield found["option"], block.start(kind) + found.start("option")


def _unknown(text: str) -> Iterator[tuple[str, int, str]]:
    """Yield each option that its driver does not know, its place, and the name that was probably meant."""
    driver = next((found["driver"] for found in _DRIVER.finditer(text)), "json-file")
    if driver not in _OWN:
        return
    known = sorted(_OWN[driver] | _EVERYWHERE)
    for name, start in _options(text):
        if name not in known:
            yield name, start, next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.75)), "")


def _wrong_options(text: str) -> Iterator[str]:
    for found in _DRIVER.finditer(text):
        if found["driver"] not in _OWN:
            yield f"elsewhere: the driver {found['driver']} needs a plugin or a server"
    for name, start, near in _unknown(text):
        meant = f", probably {near}" if near else ""
        yield f"option: {name} is unknown, line {_line(text, start)}{meant}"


def _with_known_options(text: str) -> str:
    for name, start, near in sorted(_unknown(text), key=lambda each: -each[1]):
        if not near:
            raise CannotChangeError(f"line {_line(text, start)}: nobody but its writer knows what {name} was to be")
        text = text[:start] + near + text[start + len(name) :]
    return text


def _removed(text: str) -> Iterator[str]:
    for found in _DETACHED_AND_REMOVED.finditer(text):
        yield f"removed: --rm of a detached container, line {_line(text, found.start('rm') + 1)}"


def _without_removal(text: str) -> str:
    return _DETACHED_AND_REMOVED.sub(lambda found: found[0][: -len(found["rm"])], text)


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


_LOOKS: Mapping[str, Callable[[str], Iterator[str]]] = {
    "readable": _unreadable,
    "options": _wrong_options,
    "kept": _removed,
}
_MENDS: Mapping[str, Callable[[str], str]] = {
    "readable": _with_readable_driver,
    "options": _with_known_options,
    "kept": _without_removal,
}
