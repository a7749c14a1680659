"""Tests that read a log: through the engine's client, or captured at too high a level. For the guides beside this."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from sickbay.guides.function_parts import UNREADABLE, answer, change_text, put_text_back
from sickbay.guides.kept_file import CannotChangeError, Edit

_Function = ast.FunctionDef | ast.AsyncFunctionDef

_CLIENTS = frozenset({"docker", "docker-compose", "podman"})
_SETTING = frozenset({"set_level", "at_level"})


def look(file: str) -> int:
    """Say where a test module runs the engine's client, and which of its tests capture a log without naming a level."""
    try:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        return answer(f"not read: {error}", UNREADABLE)
    lines = [f"runs the client in line {number}" for number in _client_calls(tree)]
    lines += [f"names no level in {function.name}" for function in _listening(tree)]
    return answer("\n".join(lines) or "nothing of the kind")


def name_level(file: str, level: str) -> int:
    """Let every test that captures the log without naming a level name one."""
    return change_text(file, _named(level))


def unname_level(file: str, level: str) -> int:
    """Take back :func:`name_level`."""
    return put_text_back(file, _named(level))


def _named(level: str) -> Edit:
    def edit(text: str) -> str:
        try:
            functions = list(_listening(ast.parse(text)))
        except SyntaxError as error:
            raise CannotChangeError(str(error)) from error
        if not functions:
            raise CannotChangeError("none of its tests captures a log without naming a level")
        lines = text.splitlines(keepends=True)
        for function in sorted(functions, key=lambda each: each.lineno, reverse=True):
            first = function.body[0]
            if first.lineno <= function.lineno:
                raise CannotChangeError(f"{function.name} is written on one line")
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
