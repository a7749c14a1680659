"""Nothing that the command line or a report writes goes past the sink."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "sickbay"

#: The module that writes; everything else asks it.
SINK = PACKAGE / "cli" / "output.py"

#: Of the standard streams, what writes nothing.
HARMLESS = {"flush", "fileno", "isatty"}
WRITING_METHODS = {"write_text", "write_bytes", "echo", "secho", "echo_via_pager"}


def ways_past(source: str) -> Iterator[str]:
    """Yield what writes by itself: printing, a standard stream, a console or a file of its own."""
    tree = ast.parse(source)
    harmless = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in HARMLESS}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout", "sys.stderr", "sys.__stdout__"}:
            if id(node) not in harmless:
                yield f"{node.lineno}: {ast.unparse(node)}"
        elif (isinstance(node, ast.ImportFrom) and node.module == "sys") or (
            isinstance(node, ast.Call) and _writes(node)
        ):
            yield f"{node.lineno}: {ast.unparse(node)}"


def _writes(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    last = name.rpartition(".")[2]
    if last == "open" and name != "os.open":
        first = 1 if name == "open" else 0  # Path.open begins with the mode
        given = [*call.args[first : first + 1], *(each.value for each in call.keywords if each.arg == "mode")]
        return any(isinstance(mode, ast.Constant) and set(str(mode.value)) & set("wax+") for mode in given)
    in_memory = any(each.arg == "file" and ast.unparse(each.value) == "io.StringIO()" for each in call.keywords)
    return last in WRITING_METHODS or (last == "Console" and not in_memory) or name in {"print", "os.write"}


MODULES = sorted(path for room in ("cli", "reports") for path in (PACKAGE / room).rglob("*.py") if path != SINK)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_written_past_the_sink(module: Path) -> None:
    assert list(ways_past(module.read_text())) == []


@pytest.mark.parametrize(
    "planted",
    [
        "print('x')",
        "import sys\nsys.stdout.write('x')",
        "import sys\nprint_to(sys.stderr)",
        "from sys import stdout",
        "import typer\ntyper.echo('x')",
        "from rich.console import Console\nConsole().print('x')",
        "from pathlib import Path\nPath('a').write_text('x')",
        "open('a', 'w').write('x')",
        "from pathlib import Path\nPath('a').open('ab')",
        "import os\nos.write(1, b'x')",
    ],
)
def test_each_way_past_the_sink_is_seen(planted: str) -> None:
    assert list(ways_past(planted)) != []


@pytest.mark.parametrize("allowed", ["import sys\nsys.stdout.flush()", "open('a', 'rb')", "output.say('x')"])
def test_what_writes_nothing_is_allowed(allowed: str) -> None:
    assert list(ways_past(allowed)) == []
