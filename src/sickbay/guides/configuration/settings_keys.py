"""What the guide about the app's settings changes in a settings file: one key of ``CONTAINER_MANAGER``."""

from __future__ import annotations

import re

from sickbay.guides.function_parts import change, put_back
from sickbay.guides.kept_file import CannotChangeError


def rename(path: str, wrong: str, right: str) -> int:
    """Write the right key for the wrong one, where it stands once, as the key of a dictionary."""
    return change(path, lambda content: _renamed(content, wrong, right))


def take_back(path: str, wrong: str, right: str) -> int:
    """Put the file back as it was."""
    return put_back(path, lambda content: _renamed(content, wrong, right))


def _renamed(content: bytes, wrong: str, right: str) -> bytes:
    text = content.decode("utf-8", "surrogateescape")
    key = re.compile(rf"(?P<quote>[\"']){re.escape(wrong)}(?P=quote)(?=\s*:)")
    if not right:
        raise CannotChangeError(f"nothing says what {wrong} was meant to be")
    count = len(key.findall(text))
    if count != 1:
        raise CannotChangeError(f"the key {wrong} stands {count} times in the file, and not once")
    if re.search(rf"[\"']{re.escape(right)}[\"']\s*:", text):
        raise CannotChangeError(f"there is a key {right} already")
    return key.sub(lambda found: f"{found['quote']}{right}{found['quote']}", text).encode("utf-8", "surrogateescape")
