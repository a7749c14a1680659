"""What a part of a guide runs, as a person reads it: inputs filled in, those that are secret behind a mark. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from sickbay.guides.commands import Command, input_value
from sickbay.guides.model import Guide
from sickbay.guides.parts import Action, FunctionCall


def shown_words(guide: Guide, command: Command, values: Mapping[str, str]) -> list[str]:
    """Return a command's argument list as it may be shown and kept. Raises ``InputError``."""
    return [word.text + (_shown(guide, word.input, values) if word.input else "") for word in command.words]


def shown_lines(guide: Guide, action: Action, values: Mapping[str, str]) -> tuple[str, ...]:
    """Return each command as a line that a person could paste, or the call of the function. Raises ``InputError``."""
    if isinstance(action, FunctionCall):
        arguments = {name: _given(guide, value, values) for name, value in sorted(action.arguments.items())}
        given = ", ".join(
            f"{name}={json.dumps(value, ensure_ascii=False, default=str)}" for name, value in arguments.items()
        )
        return (f"{action.module}:{action.function}({given})",)
    return tuple(" ".join(map(_quoted, shown_words(guide, command, values))) for command in action)


def shown_arguments(guide: Guide, call: FunctionCall, values: Mapping[str, str]) -> dict[str, str]:
    """Return what a function is given, as texts. Raises ``InputError``."""
    return {name: str(_given(guide, value, values)) for name, value in call.arguments.items()}


def as_one(lines: tuple[str, ...]) -> str:
    """Return lines of which each runs only where the one before succeeded, as one that a shell reads the same."""
    return " && ".join(lines)


def _quoted(word: str) -> str:
    """Quote a word where a shell would not take it as it stands; of ``!`` alone it does."""
    return word if word == "!" else shlex.quote(word)


def _given(guide: Guide, value: object, values: Mapping[str, str]) -> object:
    return _shown(guide, value[1:], values) if isinstance(value, str) and value.startswith("$") else value


def _shown(guide: Guide, name: str, values: Mapping[str, str]) -> str:
    value = input_value(name, guide.front.inputs, values)
    return f"[secret:{name}]" if guide.front.inputs[name].secret else value
