"""Small changes to a suite of tests, each with its way back. For the guides beside this."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from sickbay.guides.function_parts import WRONG, answer, change_text, make_file, put_text_back, take_away
from sickbay.guides.kept_file import CannotChangeError, Edit, as_it_was, kept_below

_SKIPPED = frozenset({"node_modules", "site-packages", "__pycache__", "build", "dist"})
_SET_ASIDE = re.compile(
    r"_?conftest(?:_(?:old|backup|bak|aside)|\.py[._-](?:aside|bak|backup|disabled|off|old|orig|save|txt|\d))(?:\.py)?"
)

#: Where pytest looks for its settings, in its order, with the heading of their section.
_SETTINGS = (
    ("pytest.ini", "[pytest]"),
    (".pytest.ini", "[pytest]"),
    ("pyproject.toml", "[tool.pytest.ini_options]"),
    ("tox.ini", "[pytest]"),
    ("setup.cfg", "[tool:pytest]"),
)

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def find_fixture(name: str) -> int:
    """Say where a fixture is defined: in a conftest.py that was set aside, elsewhere in the project, or nowhere."""
    for path in _files("*conftest*"):
        if _SET_ASIDE.fullmatch(path.name) and name in _fixtures(path) and not path.with_name("conftest.py").exists():
            return answer(f"set aside in {path}")
    place = next((path for path in _files("*.py") if name in _fixtures(path)), None)
    return answer(f"defined in {place}" if place else "not defined in the project")


def bring_back(fixture: str) -> int:
    """Make the conftest.py again from the file set aside that defines a fixture."""
    aside = _aside(fixture)
    if aside is None:
        return answer(f"no conftest.py that was set aside defines {fixture}", WRONG)
    return make_file(str(aside.with_name("conftest.py")), aside.read_text(encoding="utf-8"))


def take_back_away(fixture: str) -> int:
    """Take back :func:`bring_back`."""
    aside = _aside(fixture)
    return 1 if aside is None else take_away(str(aside.with_name("conftest.py")), aside.read_text(encoding="utf-8"))


def narrow(fixture: str, wide: str, scope: str) -> int:
    """Give the fixture that asks for a narrower one the narrower one's scope."""
    return _first(_narrowed(fixture, wide, scope), change_text, _files("*.py"))


def widen_again(fixture: str, wide: str, scope: str) -> int:
    """Take back :func:`narrow`."""
    return _first(_narrowed(fixture, wide, scope), put_text_back, kept_below("*.py"))


def set_option(option: str, value: str) -> int:
    """Give one of pytest's settings a value, or add it."""
    file, heading = _settings()
    return change_text(file, _with_option(heading, option, value)) if file else 1


def unset_option(option: str, value: str) -> int:
    """Take back :func:`set_option`."""
    file, heading = _settings()
    return put_text_back(file, _with_option(heading, option, value)) if file else 1


def drop_argument(argument: str) -> int:
    """Take an argument, named without its hyphens, out of what pytest's settings add to every run."""
    file, _ = _settings()
    return change_text(file, _without_argument(argument)) if file else 1


def add_argument_again(argument: str) -> int:
    """Take back :func:`drop_argument`."""
    file, _ = _settings()
    return put_text_back(file, _without_argument(argument)) if file else 1


def mark_module(file: str, mark: str) -> int:
    """Mark every test of a module."""
    return change_text(file, _marked(mark))


def unmark_module(file: str, mark: str) -> int:
    """Take back :func:`mark_module`."""
    return put_text_back(file, _marked(mark))


def _first(edit: Edit, change: Callable[[str, Edit], int], files: Iterator[Path]) -> int:
    """Change the first file for which the edit is."""
    for path in files:
        try:
            edit(as_it_was(str(path)).decode())
        except (CannotChangeError, SyntaxError, UnicodeDecodeError):
            continue
        return change(str(path), edit)
    return answer("nothing in the project is what this changes", WRONG)


def _narrowed(fixture: str, wide: str, scope: str) -> Edit:
    def edit(text: str) -> str:
        for function in ast.walk(ast.parse(text)):
            if not isinstance(function, _Function) or fixture not in {each.arg for each in function.args.args}:
                continue
            for value in _scopes(function):
                if value.value == wide and value.end_col_offset is not None:
                    lines = text.splitlines(keepends=True)
                    line = lines[value.lineno - 1].encode()
                    new = line[: value.col_offset] + f'"{scope}"'.encode() + line[value.end_col_offset :]
                    lines[value.lineno - 1] = new.decode()
                    return "".join(lines)
        raise CannotChangeError(f"no fixture of scope {wide} asks for {fixture}")

    return edit


def _scopes(function: _Function) -> Iterator[ast.Constant]:
    for decorator in function.decorator_list:
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "scope" and isinstance(keyword.value, ast.Constant):
                yield keyword.value


def _with_option(heading: str, option: str, value: str) -> Edit:
    def edit(text: str) -> str:
        written = f'{option} = "{value}"' if heading.startswith("[tool.") else f"{option} = {value}"
        if found := re.search(rf"^{re.escape(option)}[ \t]*=.*$", text, re.MULTILINE):
            return f"{text[: found.start()]}{written}{text[found.end() :]}"
        if heading not in text:
            raise CannotChangeError(f"it has no section {heading}")
        before, _, after = text.partition(heading)
        return f"{before}{heading}\n{written}{after}"

    return edit


def _without_argument(argument: str) -> Edit:
    word = re.compile(rf"[ \t]*(?<![\w-])--{re.escape(argument)}(?:=[^\s\"',]*)?(?![\w-])")

    def edit(text: str) -> str:
        found = re.search(r"^addopts[ \t]*=.*(?:\n[ \t]+\S.*)*", text, re.MULTILINE)
        if found is None or not word.search(found.group()):
            raise CannotChangeError(f"its addopts has no --{argument}")
        return text[: found.start()] + word.sub("", found.group(), count=1) + text[found.end() :]

    return edit


def _marked(mark: str) -> Edit:
    def edit(text: str) -> str:
        body = ast.parse(text).body
        if any(isinstance(node, ast.Assign) and "pytestmark" in ast.unparse(node) for node in body):
            raise CannotChangeError("it has marks already")
        imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
        after = max((node.end_lineno or 0 for node in imports), default=0)
        lines = text.splitlines(keepends=True)
        known = any(isinstance(node, ast.Import) and "pytest" in {each.name for each in node.names} for node in imports)
        added = ("" if known else "import pytest\n") + f"\npytestmark = pytest.mark.{mark}\n"
        return "".join([*lines[:after], added, *lines[after:]])

    return edit


def _settings() -> tuple[str, str]:
    for file, heading in _SETTINGS:
        path = Path(file)
        if path.is_file() and heading in path.read_text(encoding="utf-8"):
            return file, heading
    answer("pytest has no file of settings here")
    return "", ""


def _aside(fixture: str) -> Path | None:
    return next(
        (path for path in _files("*conftest*") if _SET_ASIDE.fullmatch(path.name) and fixture in _fixtures(path)), None
    )


def _fixtures(path: Path) -> set[str]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return set()
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, _Function) and any("fixture" in ast.unparse(each) for each in node.decorator_list)
    }


def _files(pattern: str) -> Iterator[Path]:
    for path in sorted(Path().rglob(pattern)):
        if path.is_file() and not _SKIPPED & set(path.parts) and not any(part.startswith(".") for part in path.parts):
            yield path
