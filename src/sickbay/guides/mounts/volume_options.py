"""What the guide about malformed volume options looks for in a script that starts containers, and changes in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sickbay.guides.function_parts import all_well, change, looked, put_back
from sickbay.guides.kept_file import CannotChangeError

_OPTION = re.compile(r"(?<!\S)(?:-v|--volume)[= ](?P<quote>[\"']?)(?P<spec>[^\s\"']*:[^\s\"']*)(?P=quote)(?!\S)")
_RUN = re.compile(r"\b(?:docker|podman|nerdctl)(?: container)? (?:run|create)\b(?:[^\n\\]|\\\n|\\.)*")

_MODES = frozenset(
    {
        *("ro", "rw", "z", "Z", "U", "nocopy", "consistent", "cached", "delegated", "noexec", "exec"),
        *("shared", "slave", "private", "rshared", "rslave", "rprivate"),
    }
)
_MEANT: Mapping[str, str] = {
    **dict.fromkeys(("readonly", "read-only", "r", "RO"), "ro"),
    **dict.fromkeys(("readwrite", "read-write", "writable", "w", "wr", "RW"), "rw"),
}


def look(path: str) -> int:
    """Print each volume option of a container that the engine does not take."""
    return looked(path, lambda content: (f"line {number}: {what}" for number, what in _problems(_text(content))))


def is_well(path: str) -> int:
    """Print ``well``, or what is wrong."""
    return all_well(path, lambda content: (what for _, what in _problems(_text(content))), "well")


def mend(path: str) -> int:
    """Write each option as it was meant, where only one meaning is left."""
    return change(path, _mended)


def take_back(path: str) -> int:
    """Put the script back as it was."""
    return put_back(path, _mended)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _options(text: str) -> Iterator[re.Match[str]]:
    for run in _RUN.finditer(text):
        yield from _OPTION.finditer(text, run.start(), run.end())


def _problems(text: str) -> Iterator[tuple[int, str]]:
    for option in _options(text):
        if why := _why(option["spec"]):
            yield text.count("\n", 0, option.start()) + 1, why


def _why(spec: str) -> str:
    parts = spec.split(":")
    if len(parts) > 3 or not all(parts):
        return "it is not SOURCE:TARGET[:MODE]"
    if not parts[1].startswith(("/", "$")):
        return "the target is no absolute path"
    unknown = [mode for mode in (parts[2].split(",") if len(parts) == 3 else []) if mode not in _MODES]
    return "the mode is unknown" if unknown else ""


def _mended(content: bytes) -> bytes:
    text = _text(content)
    for option in reversed(list(_options(text))):
        if not _why(option["spec"]):
            continue
        spec = _meant(option["spec"])
        if _why(spec):
            number = text.count("\n", 0, option.start()) + 1
            raise CannotChangeError(f"line {number}: {_why(spec)}; only its writer knows what was meant")
        text = text[: option.start("spec")] + spec + text[option.end("spec") :]
    return text.encode("utf-8", "surrogateescape")


def _meant(spec: str) -> str:
    parts = spec.split(":")
    if len(parts) in (2, 3) and all(parts) and not parts[1].startswith(("/", "$", ".")):
        parts[1] = f"/{parts[1]}"
    if len(parts) == 3:
        parts[2] = ",".join(_MEANT.get(mode, mode) for mode in parts[2].split(","))
    return ":".join(parts)
