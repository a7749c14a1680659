"""The page about the commands names every command and every option."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

PAGE = (Path(__file__).parents[3] / "docs/commands.md").read_text()
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
COMMANDS = sorted(name for name, app in get_commands().items() if app == "container_manager")


def own_options(name: str) -> set[str]:
    parser = load_command_class("container_manager", name).create_parser("manage.py", name)
    inherited = {"--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color"}
    inherited |= {"--force-color", "--skip-checks"}
    options = {option for action in _actions(parser) for option in action.option_strings if option.startswith("--")}
    return options - inherited


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                yield from _actions(sub)


def test_every_command_has_its_section_and_its_line() -> None:
    assert sorted(SECTIONS) == COMMANDS
    assert sorted(re.findall(r"^\| \[`(\w+)`\]", PAGE, re.MULTILINE)) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_told_and_no_other(command) -> None:
    assert set(re.findall(r"--[a-z][a-z-]+", SECTIONS[command])) == own_options(command)
