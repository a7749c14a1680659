"""The machine parts of a guide: code blocks whose info string says what they are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

_CAUSE = re.compile(r"^```(?P<info>yaml [^\n`]*\bcause=[^\n`]*)\n(?P<content>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)


class InvalidGuideError(ValueError):
    """A guide cannot be read. The message says which file, which line, and what is wrong."""

    def __init__(self, path: str, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.path = path
        self.line = line
        self.message = message


@dataclass(frozen=True, kw_only=True)
class Fence:
    """A machine part: a code block whose info string is a language followed by words.

    ``words`` maps ``key=value`` words; a word without ``=`` maps to ``""``. ``line`` is the block's first line in the
    file.
    """

    language: str
    words: dict[str, str]
    content: str
    section: str
    line: int


def cause_fences(path: str, body: str, body_line: int) -> Iterator[Fence]:
    """Yield the blocks that state causes, found without reading the Markdown around them.

    Whoever reads a guide whole compares: such a block within another one would be taken for a cause.
    """
    for found in _CAUSE.finditer(body):
        line = body_line + body.count("\n", 0, found.start())
        language, words = info_words(path, line, found["info"])
        yield Fence(language=language, words=words, content=found["content"], section="", line=line)


def info_words(path: str, line: int, info: str) -> tuple[str, dict[str, str]]:
    """Return a block's language and words. Raises :class:`InvalidGuideError`."""
    try:
        language, *words = shlex.split(info) or [""]
    except ValueError as error:
        raise InvalidGuideError(path, line, f"info string of the code block: {error}") from error
    return language, {key: value for key, _, value in (word.partition("=") for word in words)}
