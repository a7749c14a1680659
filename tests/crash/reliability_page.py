"""Which test proves which line of what must be survived: read from the tests' markers, written into the page.

``python -m tests.crash.reliability_page`` writes the lists of ``docs/reliability.md`` anew.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "reliability.md"

#: The page's lines are numbered headings; the tests of each stand between these two.
_LIST = re.compile(
    r"(?P<head>^### (?P<line>\d+)\. .*?<!-- tests -->\n)(?P<tests>.*?)(?=^<!-- end -->)", re.MULTILINE | re.DOTALL
)


def proofs() -> Mapping[int, Sequence[str]]:
    """Return the tests of each line, each as its sentence and where it stands."""
    found: dict[int, list[str]] = defaultdict(list)
    for file in sorted((PROJECT / "tests").rglob("test_*.py")):
        for line, name in _marked(ast.parse(file.read_text())):
            sentence = name.removeprefix("test_").replace("_", " ")
            found[line].append(f"- {sentence} (`{file.relative_to(PROJECT)}`)")
    return found


def rendered(page: str, proven: Mapping[int, Sequence[str]]) -> str:
    """Return the page with these tests in its lists."""

    def replace(match: re.Match[str]) -> str:
        tests = "\n".join(proven.get(int(match["line"]), []))
        return f"{match['head']}\n{tests}\n\n"

    return _LIST.sub(replace, page)


def lines_of(page: str) -> Sequence[int]:
    """Return the numbers of the lines that the page lists tests for."""
    return [int(match["line"]) for match in _LIST.finditer(page)]


def _marked(module: ast.Module) -> Iterator[tuple[int, str]]:
    everywhere = [
        line
        for node in module.body
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets)
        for line in _lines_in(node.value)
    ]
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            own = [line for decorator in node.decorator_list for line in _lines_in(decorator)]
            yield from ((line, node.name) for line in sorted({*everywhere, *own}))


def _lines_in(node: ast.expr) -> Iterator[int]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "reliability":
            yield from (argument.value for argument in call.args if isinstance(argument, ast.Constant))


def main() -> None:
    """Write the page."""
    PAGE.write_text(rendered(PAGE.read_text(), proofs()))


if __name__ == "__main__":
    main()
