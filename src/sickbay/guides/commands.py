"""A guide's commands: each line is one, read to an argument list, and never given to a shell.

A person can paste the same line, for quotes mean what a POSIX shell means by them. What a shell would do beyond that
(pipes, redirections, substitutions, patterns of file names, several commands) is refused. An input stands as ``$NAME``
and is a whole argument, or ends one that begins with ``NAME=`` or ``--option=``; it is checked against its pattern.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sickbay.guides.model import Input

_INPUT = re.compile(r"(?P<before>(?:--?)?[A-Za-z][\w.-]*=)?\$(?P<name>[A-Z][A-Z0-9_]*)")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f]")

#: What a shell does with a character outside of quotes. Of quotes themselves :mod:`shlex` knows.
_SHELL: Mapping[str, str] = {
    "|": "a pipe",
    "&": "'&' or '&&'",
    ";": "';'",
    "<": "a redirection",
    ">": "a redirection",
    "`": "a substitution",
    "(": "a group",
    ")": "a group",
    "*": "a pattern of file names",
    "?": "a pattern of file names",
    "[": "a pattern of file names",
    "{": "a brace of the shell",
    "}": "a brace of the shell",
    "~": "the shell's home",
    "#": "a comment behind a command",
    "!": "the shell's history",
}


class CommandError(ValueError):
    """A line is no single command. ``line`` is the file's; the message says what a shell would be needed for."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class InputError(ValueError):
    """An input has no value, or one that its pattern does not allow. The message does not show the value."""


@dataclass(frozen=True, kw_only=True)
class Word:
    """One argument: a fixed text, and behind it the value of an input, if one is named."""

    text: str
    input: str = ""


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command. ``source`` is the line as a person reads it; ``line`` its number in the file."""

    words: tuple[Word, ...]
    source: str
    line: int

    @property
    def program(self) -> str:
        """The name of the program, without its folder."""
        return self.words[0].text.rsplit("/", 1)[-1]

    @property
    def inputs(self) -> frozenset[str]:
        """The inputs that it names."""
        return frozenset(word.input for word in self.words if word.input)


def parse_commands(content: str, first_line: int) -> tuple[Command, ...]:
    """Read a block's commands. Blank lines and lines that are comments are left out. Raises :class:`CommandError`."""
    lines = enumerate(content.splitlines(), start=first_line)
    return tuple(
        parse_command(text.strip(), line) for line, text in lines if text.strip() and not text.lstrip().startswith("#")
    )


def parse_command(source: str, line: int) -> Command:
    """Read one command. Raises :class:`CommandError`."""
    try:
        words = tuple(_words(source))
    except ValueError as error:
        raise CommandError(line, f"{error}: {source}") from error
    if words[0].input:
        raise CommandError(line, f"the program is an input, so anything could be run: {source}")
    if _ASSIGNMENT.match(words[0].text):
        raise CommandError(line, f"a variable before the command needs a shell: {source}")
    return Command(words=words, source=source, line=line)


def filled_in(command: Command, inputs: Mapping[str, Input], values: Mapping[str, str]) -> list[str]:
    """Return the argument list, with inputs taken from ``values``, else from their defaults.

    Raises :class:`InputError`.
    """
    return [word.text + (input_value(word.input, inputs, values) if word.input else "") for word in command.words]


def input_value(name: str, inputs: Mapping[str, Input], values: Mapping[str, str]) -> str:
    """Return an input's value where its whole matches its pattern. Raises :class:`InputError`."""
    if name not in inputs:
        raise InputError(f"the guide has no input {name}")
    value = values.get(name, inputs[name].default)
    if value is None:
        raise InputError(f"the input {name} has no value")
    if _UNSEEN.search(value) or not re.fullmatch(inputs[name].pattern, value):
        raise InputError(f"the input {name} does not match {inputs[name].pattern}")
    return value


def _words(source: str) -> Iterator[Word]:
    """Yield a line's words. Raises ``ValueError`` with what is wrong."""
    if source.endswith("\\"):
        raise ValueError("a command stands on one line")
    shlex.split(source)  # an open quote is told here
    for raw in _raw_words(source):
        if found := _INPUT.fullmatch(raw.replace('"', "")):
            yield Word(text=found["before"] or "", input=found["name"])
            continue
        _refuse_shell(raw)
        yield Word(text=shlex.split(raw)[0])


def _raw_words(source: str) -> Iterator[str]:
    """Yield what stands between blanks outside of quotes, with its quotes."""
    word = ""
    for character, quote in _quoted(source):
        if not quote and character in " \t":
            if word:
                yield word
            word = ""
        else:
            word += character
    if word:
        yield word


def _refuse_shell(raw: str) -> None:
    """Refuse what a shell would not take as it stands. Raises ``ValueError``."""
    for number, (character, quote) in enumerate(_quoted(raw)):
        if character == "$" and quote in {"", '"'}:
            raise ValueError(f"{raw} is not one whole input like $NAME, and there is no shell to substitute")
        if character == "`" and quote == '"':
            raise ValueError("a substitution needs a shell")
        if not quote and character in _SHELL and not _stands_for_itself(raw, number, character):
            raise ValueError(f"{_SHELL[character]} needs a shell")


def _quoted(text: str) -> Iterator[tuple[str, str]]:
    """Yield each character with the quote that it stands in, which is a backslash for one behind it."""
    quote, escaped = "", False
    for character in text:
        yield character, "\\" if escaped else quote
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character


def _stands_for_itself(raw: str, number: int, character: str) -> bool:
    """Say whether a shell takes this character as it stands: in the middle of a word, or as an argument of its own."""
    if character in "~#":
        return number > 0
    return character == "!" and raw == "!"
