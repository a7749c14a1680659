"""From a command as people write it to the argument list that a program is started with."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from container_manager.validation.plain_values import kind_of, text_defect
from container_manager.validation.problems import Problems

_OPERATORS = ("&&", "||", ">>", "<<", "$(", "|", ">", "<", ";", "&", "`", "\n")


def check_command(value: object, problems: Problems) -> tuple[str, ...]:
    """Return the argument list; empty for the image's own command and for what is wrong."""
    return () if value is None else _check_line("command", value, problems)


def check_entrypoint(value: object, problems: Problems) -> tuple[str, ...] | None:
    """Return the words before the command: ``None`` for the image's own, empty for none at all."""
    if value is None:
        return None
    # Docker's word for "none" is a list of one empty text.
    return () if value == [""] else _check_line("entrypoint", value, problems)


def _check_line(field: str, value: object, problems: Problems) -> tuple[str, ...]:
    if isinstance(value, str):
        words = _split(field, value.strip(), problems)
    elif isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        words = _check_words(field, value, problems)
    else:
        problems.add(field, f"must be text or a list of texts, not {kind_of(value)}.", "For example ['echo', 'hello'].")
        return ()
    if words and not words[0]:
        problems.add(field, "begins with an empty word.", "The first word is the program to start.")
        return ()
    return words


def _split(field: str, command: str, problems: Problems) -> tuple[str, ...]:
    defect = text_defect(command)
    if defect:
        problems.add(field, defect, "Give what is long or binary to the job as a file.")
        return ()
    try:
        operator = first_operator(command)
        words = tuple(shlex.split(command))
    except ValueError:
        problems.add(
            field,
            "has a quotation mark that is never closed, or ends with a backslash.",
            f"Close it, or give a list of words; for a shell: {_in_a_shell(command)}.",
        )
        return ()
    if operator is None:
        return words
    name = "a line break" if operator == "\n" else repr(operator)
    problems.add(
        field,
        f"has {name} outside quotation marks, and no shell runs it.",
        f"For a shell write {_in_a_shell(command)}; to pass it on as it is, put it in quotation marks.",
    )
    return ()


def _in_a_shell(command: str) -> str:
    shown = repr(command) if len(command) <= 200 else "'…'"
    return f"['sh', '-c', {shown}]"


def first_operator(command: str) -> str | None:
    """Return the first shell operator that stands outside quotation marks, ``None`` without one.

    Quotation is read as :func:`shlex.split` reads it.
    """
    quote = ""
    position = 0
    while position < len(command):
        character = command[position]
        if quote:
            if character == "\\" and quote == '"':
                position += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character == "\\" and command[position + 1 : position + 2] != "\n":
            position += 1
        else:
            operator = next((found for found in _OPERATORS if command.startswith(found, position)), None)
            if operator:
                return operator
        position += 1
    return None


def _check_words(name: str, words: Sequence[object], problems: Problems) -> tuple[str, ...]:
    good = []
    for index, word in enumerate(words):
        field = f"{name}[{index}]"
        if not isinstance(word, str):
            shown = f"'{word}'" if type(word) is int and abs(word) < 10**15 else "it as text"
            problems.add(field, f"must be text, not {kind_of(word)}.", f"Write {shown}.")
        elif defect := text_defect(word):
            problems.add(field, defect, "Give what is long or binary to the job as a file.")
        else:
            good.append(word)
    return tuple(good)
