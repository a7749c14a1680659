"""What a repair can take away is what it has copied, or made itself: read from the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import sickbay.repair

ROOM = Path(sickbay.repair.__file__).parent

TAKING_AWAY = {"unlink", "rmdir", "rmtree", "removedirs", "remove", "truncate", "rename", "renames", "replace", "move"}

#: Where something is taken away: in the one function that exchanges what was copied, and in the one below it.
KNOWN = {("backup.py", "_exchange"), ("backup.py", "_remove")}


def _taking_away(file: Path) -> Iterator[tuple[str, str]]:
    for function in ast.walk(ast.parse(file.read_text())):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            match node:
                case ast.Call(func=ast.Attribute(attr=name, value=value)) if name in TAKING_AWAY:
                    if not isinstance(value, ast.Constant) and not _is_of_texts(node):
                        yield file.name, function.name


def _is_of_texts(call: ast.Call) -> bool:
    """``text.replace(old, new)`` has two arguments, and takes nothing away."""
    return isinstance(call.func, ast.Attribute) and call.func.attr == "replace" and len(call.args) == 2


def test_only_what_was_copied_or_made_here_is_taken_away() -> None:
    assert {found for file in ROOM.glob("*.py") for found in _taking_away(file)} == KNOWN


def test_nothing_here_starts_a_program_by_itself() -> None:
    for file in ROOM.glob("*.py"):
        text = file.read_text()
        assert "subprocess" not in text, file
        assert "os.system" not in text, file
        assert "os.environ" not in text, file
