"""What the guide about secrets that cannot be opened looks for in a list of keys, and changes in it.

A list has a key a line, the newest first. No answer shows a key.
"""

from __future__ import annotations

from sickbay.guides.function_parts import UNREADABLE, WRONG, all_well, answer, change, looked, put_back
from sickbay.guides.kept_file import content_of


def missing(path: str, old: str) -> int:
    """Print how many of the old keys are not in the list."""
    try:
        keys = _keys(content_of(old))
    except OSError as error:
        return answer([str(error)], UNREADABLE)
    return looked(path, lambda content: _told(content, keys))


def is_complete(path: str, old: str) -> int:
    """Print ``all keys are there``, or how many are not. Without old keys nothing can be missing."""
    try:
        keys = _keys(content_of(old))
    except OSError:
        keys = []
    return all_well(path, lambda content: _told(content, keys), "all keys are there")


def add(path: str, old: str) -> int:
    """Put the old keys behind those in the list."""
    try:
        keys = _keys(content_of(old))
    except OSError as error:
        return answer([str(error)], WRONG)
    return change(path, lambda content: _with(content, keys))


def take_away(path: str, old: str) -> int:
    """Put the list back as it was."""
    try:
        keys = _keys(content_of(old))
    except OSError as error:
        return answer([str(error)], WRONG)
    return put_back(path, lambda content: _with(content, keys))


def _keys(content: bytes) -> list[bytes]:
    return [line.strip() for line in content.splitlines() if line.strip() and not line.lstrip().startswith(b"#")]


def _told(content: bytes, old: list[bytes]) -> list[str]:
    count = len(set(old) - set(_keys(content)))
    return [f"{count} of the old keys {'is' if count == 1 else 'are'} not in the list"] if count else []


def _with(content: bytes, old: list[bytes]) -> bytes:
    known = set(_keys(content))
    added = [key for key in dict.fromkeys(old) if key not in known]
    if not added:
        return content
    whole = content if not content or content.endswith(b"\n") else content + b"\n"
    return whole + b"".join(key + b"\n" for key in added)
