"""No deletion can be reached, no variable is a switch, and no face takes a limit: read from the code itself."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer

import sickbay
from sickbay.cli.app import app
from sickbay.cli.commands import COMMANDS
from sickbay.safety import approvals, budget, dispatcher, engine_rules, gate, permits, sandbox
from sickbay.safety.actions import ForbiddenActionError, Registry
from sickbay.safety.engine_rules import RefusedCallError, check_call
from tests.unit.sickbay.safety.hostile import HOSTILE, READABLE
from tests.unit.sickbay.safety.made import RESTART

PACKAGE = Path(sickbay.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

TAKING_AWAY = {"unlink", "rmdir", "rmtree", "removedirs", "truncate", "ftruncate", "remove_file", "rename", "renames"}

#: What takes a thing away, and why that is neither a log, a database, nor configuration. Nothing else may.
KNOWN = {"safety/sandbox.py: TemporaryDirectory": "the scratch folder that the same function has made"}


def _called(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(attr="remove" | "replace", value=ast.Name(id="os" | "shutil" as module)):
                    yield module
                case ast.Attribute(attr=name) | ast.Name(id=name):
                    yield name


def test_nothing_of_the_engine_deletes() -> None:
    forbidden = TAKING_AWAY | {"os", "shutil", "TemporaryDirectory", "mkdtemp", "NamedTemporaryFile", "system", "popen"}
    room = [file for file in FILES if file.is_relative_to(PACKAGE / "safety")]
    found = {f"{file.relative_to(PACKAGE)}: {name}" for file in room for name in _called(file) if name in forbidden}
    assert found == set(KNOWN)


def test_no_program_of_this_room_is_started_through_a_shell() -> None:
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "shell":
                pytest.fail(f"{file}:{node.value.lineno} names a shell")


def _variables() -> set[str]:
    """Every variable that the engine's code reads."""
    found = set()
    for file in FILES:
        tree = ast.parse(file.read_text())
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(attr="get", value=ast.Attribute(attr="environ")), args=[key, *_]):
                    found.add(_name_of(key, tree))
                case ast.Call(func=ast.Attribute(attr="getenv"), args=[key, *_]):
                    found.add(_name_of(key, tree))
                case ast.Subscript(value=ast.Attribute(attr="environ"), slice=key):
                    found.add(_name_of(key, tree))
    return found


def _name_of(key: ast.expr, tree: ast.Module) -> str:
    """The variable that is read: written there, or in a constant of the same file."""
    if isinstance(key, ast.Name):
        [key] = [
            node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == key.id
        ]
    return str(ast.literal_eval(key))


def test_every_variable_that_is_read_is_known() -> None:
    assert _variables() == {"DJANGO_SETTINGS_MODULE", "PATH", "SICKBAY_GUIDES", "XDG_CACHE_HOME", "XDG_STATE_HOME"}


@pytest.mark.parametrize("value", ["", "0", "1", "true", "false", "off", "no", "/"])
def test_no_variable_is_a_switch(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _variables() | {"SICKBAY_UNSAFE", "SICKBAY_FORCE", "CI", "DEBUG"}:
        monkeypatch.setenv(name, value)
    for method, target, has_body in HOSTILE:
        with pytest.raises(RefusedCallError):
            check_call(method, target, has_body=has_body)
    with pytest.raises(ForbiddenActionError):
        Registry([RESTART, RESTART])
    for target in READABLE:
        check_call("GET", target)


def test_the_room_reads_no_variable_at_all() -> None:
    for file in sorted((PACKAGE / "safety").rglob("*.py")):
        text = file.read_text()
        assert "os.environ" not in text, file
        assert "getenv" not in text, file


SWITCHES = (
    "force",
    "unsafe",
    "skip",
    "disable",
    "allow",
    "ignore",
    "bypass",
    "no_check",
    "budget",
    "deadline",
    "limit",
)


@pytest.mark.parametrize("module", [approvals, budget, dispatcher, engine_rules, gate, permits, sandbox])
def test_no_parameter_of_the_room_is_a_switch(module: object) -> None:
    own = [each for each in vars(module).values() if inspect.isfunction(each) and inspect.getmodule(each) is module]
    for function in own:
        for parameter in inspect.signature(function).parameters:
            assert not any(word in parameter for word in SWITCHES), f"{function.__name__}({parameter})"


def _commands(command: click.Command) -> Iterator[click.Command]:
    yield command
    for each in getattr(command, "commands", {}).values():
        yield from _commands(each)


def _options(name: str) -> Iterator[tuple[str, str]]:
    group = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]  # it is a group
    for command in _commands(group):
        for parameter in command.params:
            for option in (parameter.name or "", *parameter.opts):
                yield f"{command.name} {option}", option


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_of_any_command_lengthens_or_disables_anything(name: str) -> None:
    for told, option in _options(name):
        assert not any(word in option for word in (*SWITCHES, "minutes", "seconds", "time")), told


@pytest.mark.parametrize("name", ["repair", "session"])
def test_no_option_of_a_session_answers_for_a_person(name: str) -> None:
    for told, option in _options(name):
        assert "yes" not in option, told
