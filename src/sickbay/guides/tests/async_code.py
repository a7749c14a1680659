"""Calls in asynchronous code that must not stand there, and their asynchronous forms. For the guides beside this.

Files are read and changed as text; nothing is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from sickbay.guides.function_parts import WRONG, answer, change_text, put_text_back
from sickbay.guides.kept_file import CannotChangeError, Edit, as_it_was, kept_below

_SKIPPED = frozenset({"node_modules", "site-packages", "__pycache__", "build", "dist"})
_MOST_FILES = 2000

#: Methods of Django's query sets that ask the database; each has an asynchronous form with an `a` before its name.
_ASKING = frozenset(
    {"aggregate", "bulk_create", "contains", "count", "create", "delete", "earliest", "exists", "first", "get"}
    | {"get_or_create", "in_bulk", "last", "latest", "update", "update_or_create"}
)
_MAKERS = frozenset({"async_sessionmaker"})


class Found(NamedTuple):
    """A place in a file, and what should stand there."""

    node: ast.expr
    text: str


Finder = Callable[[ast.Module, str], Iterator[Found]]


def look(kinds: str) -> int:
    """Say which calls of these kinds stand where they must not, a line each, or that nothing is amiss."""
    lines = [
        f"{kind}: {path}:{found.node.lineno}"
        for path in _files()
        for kind in kinds.split()
        for found in _found(path, _FINDERS[kind])
    ]
    return answer("\n".join(lines) or "nothing is amiss")


def change(kind: str) -> int:
    """Write the asynchronous form wherever the first file with such calls has one. ``kind`` is one of :func:`look`."""
    path = next((path for path in _files() if any(_found(path, _FINDERS[kind]))), None)
    if path is None:
        return answer(f"no source of the project has such a call: {kind}", WRONG)
    return change_text(str(path), _edit(_FINDERS[kind]))


def undo(kind: str) -> int:
    """Take back :func:`change`."""
    for path in kept_below("*.py"):
        try:
            _edit(_FINDERS[kind])(as_it_was(str(path)).decode())
        except (CannotChangeError, UnicodeDecodeError):
            continue
        return put_text_back(str(path), _edit(_FINDERS[kind]))
    return answer("nothing was changed")


def nested_runs(tree: ast.Module, text: str) -> Iterator[Found]:
    """Yield ``asyncio.run(…)`` and ``run_until_complete(…)`` inside of asynchronous functions."""
    for call, parent in _calls(tree):
        name = ast.unparse(call.func)
        if (name == "asyncio.run" or name.endswith(".run_until_complete")) and len(call.args) == 1:
            awaited = f"await {ast.get_source_segment(text, call.args[0])}"
            yield Found(call, awaited if isinstance(parent, ast.stmt) else f"({awaited})")


def waiting_queries(tree: ast.Module, text: str) -> Iterator[Found]:
    """Yield calls of Django's query sets that wait for the database, inside of asynchronous functions."""
    for call, parent in _calls(tree):
        source = ast.get_source_segment(text, call) or ""
        if isinstance(call.func, ast.Name) and call.func.id == "list" and len(call.args) == 1:
            queries = ast.get_source_segment(text, call.args[0]) or ""
            if ".objects." in queries:
                yield Found(call, f"[item async for item in {queries}]")
        elif isinstance(call.func, ast.Attribute) and call.func.attr in _ASKING and not isinstance(parent, ast.Await):
            before = ast.get_source_segment(text, call.func.value) or ""
            if ".objects" in before:
                rest = source[len(before) :].replace(call.func.attr, f"a{call.func.attr}", 1)
                yield Found(
                    call, f"await {before}{rest}" if isinstance(parent, ast.stmt) else f"(await {before}{rest})"
                )


def expiring_sessions(tree: ast.Module, text: str) -> Iterator[Found]:
    """Yield makers of asynchronous sessions whose objects expire when they commit."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        keywords = {each.arg: ast.unparse(each.value) for each in call.keywords}
        makes = call.func.id in _MAKERS or "AsyncSession" in keywords.get("class_", "")
        if makes and "expire_on_commit" not in keywords:
            before = (ast.get_source_segment(text, call) or "")[:-1].rstrip().removesuffix(",")
            comma = ", " if call.args or call.keywords else ""
            yield Found(call, f"{before}{comma}expire_on_commit=False)")


_FINDERS: dict[str, Finder] = {"nested": nested_runs, "queries": waiting_queries, "expiring": expiring_sessions}


def _edit(finder: Finder) -> Edit:
    def edit(text: str) -> str:
        try:
            places = list(finder(ast.parse(text), text))
        except SyntaxError as error:
            raise CannotChangeError(str(error)) from error
        if not places:
            raise CannotChangeError("it has no such call")
        data = text.encode()
        starts = [0, *(place + 1 for place, byte in enumerate(data) if byte == ord("\n"))]
        spans = [(*_span(found.node, starts), found.text) for found in places]
        outer = [span for span in spans if not any(_holds(other, span) for other in spans)]
        for begin, end, new in sorted(outer, reverse=True):
            data = data[:begin] + new.encode() + data[end:]
        return data.decode()

    return edit


def _span(node: ast.expr, starts: list[int]) -> tuple[int, int]:
    """Return where a node begins and ends, in bytes of the file."""
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    return starts[node.lineno - 1] + node.col_offset, starts[end_line - 1] + end_column


def _holds(outer: tuple[int, int, str], inner: tuple[int, int, str]) -> bool:
    return outer[:2] != inner[:2] and outer[0] <= inner[0] and inner[1] <= outer[1]


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, ast.AST]]:
    """Yield every call of an asynchronous function with what stands around it, without those of functions within."""
    for function in ast.walk(tree):
        if isinstance(function, ast.AsyncFunctionDef):
            for statement in function.body:
                yield from _inside(statement, function)


def _inside(node: ast.AST, parent: ast.AST) -> Iterator[tuple[ast.Call, ast.AST]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
        return
    if isinstance(node, ast.Call):
        yield node, parent
    for child in ast.iter_child_nodes(node):
        yield from _inside(child, node)


def _found(path: Path, finder: Finder) -> Iterator[Found]:
    try:
        text = path.read_text(encoding="utf-8")
        yield from finder(ast.parse(text), text)
    except (SyntaxError, UnicodeDecodeError):
        return


def _files() -> list[Path]:
    paths = [path for path in sorted(Path().rglob("*.py")) if not _SKIPPED & set(path.parts)]
    return [path for path in paths if not any(part.startswith(".") for part in path.parts)][:_MOST_FILES]
