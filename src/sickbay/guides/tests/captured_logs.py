"""Tests that read a log: through the engine's client, or captured at too high a level. For the guides beside this."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from sickbay.guides.file_changes import Edit, EditError, change_back, change_file, say

_Function = ast.FunctionDef | ast.AsyncFunctionDef

_CLIENTS = frozenset({"docker", "docker-compose", "podman"})
_SETTING = frozenset({"set_level", "at_level"})


def look(file: str) -> int:
    """Say where a test module runs the engine's client, and which of its tests capture a log without naming a level."""
    try:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        say(f"not read: {error}")
        return 2
    lines = [f"runs the client in line {number}" for number in _client_calls(tree)]
    lines += [f"names no level in {function.name}" for function in _listening(tree)]
    say("\n".join(lines) or "nothing of the kind")
    return 0


def name_level(file: str, level: str) -> int:
    """Let every test that captures the log without naming a level name one."""
    return change_file(file, _named(level))


def unname_level(file: str, level: str) -> int:
    """Take back :func:`name_level`."""
    return change_back(file, _named(level))


def _named(level: str) -> Edit:
    def edit(text: str) -> str:
        try:
            functions = list(_listening(ast.parse(text)))
        except SyntaxError as error:
            raise EditError(str(error)) from error
        if not functions:
            raise EditError("none of its tests captures a log without naming a level")
        lines = text.splitlines(keepends=True)
        for function in sorted(functions, key=lambda each: each.lineno, reverse=True):
            first = function.body[0]
            if first.lineno <= function.lineno:
                raise EditError(f"{function.name} is written on one line")
            lines.insert(first.lineno - 1, f'{" " * first.col_offset}caplog.set_level("{level}")\n')
        return "".join(lines)

    return edit


def _listening(tree: ast.Module) -> Iterator[_Function]:
    for function in ast.walk(tree):
        if not isinstance(function, _Function) or "caplog" not in {each.arg for each in function.args.args}:
            continue
        called = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
        if function.name.startswith("test") and not called & _SETTING:
            yield function


def _client_calls(tree: ast.Module) -> Iterator[int]:
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not call.args or "subprocess" not in ast.unparse(call.func):
            continue
        first = call.args[0]
        words = first.elts[:1] if isinstance(first, ast.List | ast.Tuple) else [first]
        if words and isinstance(words[0], ast.Constant) and str(words[0].value).split(" ")[0] in _CLIENTS:
            yield call.lineno
