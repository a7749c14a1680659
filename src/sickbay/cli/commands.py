"""The commands by name. Each is imported when somebody calls it, or reads about it: a diagnosis needs no repair."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

import typer
from typer.core import TyperGroup

#: The module in this room and the name in it: a function, or a group of commands.
COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "diagnose": ("diagnose", "diagnose"),
        "doctor": ("doctor", "doctor"),
        "repair": ("repair", "repair"),
        "report": ("report", "report"),
        "bundle": ("bundle", "bundle"),
        "guide": ("guide_commands", "guide_app"),
        "session": ("session_commands", "session_app"),
    }
)


class Commands(TyperGroup):
    """The group of all commands."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  (typer's own)
        super().__init__(**{**settings, "commands": _ByName()})


class _ByName(Mapping[str, Any]):
    """The commands, each made when it is asked for."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  (typer does not export its commands' type)
        return _command(*COMMANDS[name], name)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _command(module: str, attribute: str, name: str) -> Any:  # noqa: ANN401  (as above)
    found: typer.Typer | Callable[..., object] = getattr(import_module(f"sickbay.cli.{module}"), attribute)
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(_nothing)
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name)
    else:
        app.command(name)(found)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup), "it has a callback"
    return group.commands[name]


def _nothing() -> None:
    """Make a group of a single command."""
