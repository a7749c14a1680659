"""What is amiss in a suite of tests, read without importing anything of it. For the guides beside this."""

from __future__ import annotations

import ast
import configparser
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from sickbay.guides.function_parts import answer

_Function = ast.FunctionDef | ast.AsyncFunctionDef

_SKIPPED = frozenset({"node_modules", "site-packages", "__pycache__", "build", "dist"})
_MOST_FILES = 2000

#: From the shortest life to the longest.
_SCOPES = ("function", "class", "module", "package", "session")

#: Fixtures of pytest and its plugins that live for one test.
_SHORT = frozenset(
    [
        "caplog",
        "capfd",
        "capsys",
        "client",
        "db",
        "django_user_model",
        "live_server",
        "monkeypatch",
        "settings",
        "tmp_path",
    ]
)

#: What lets a test use the database.
_DATABASE = frozenset(("db", "transactional_db", "django_db_setup", "client", "admin_client", "live_server"))

#: Options that come from plugins, and the module of each plugin.
_PLUGINS: Mapping[str, str] = {
    "--allure": "allure_pytest",
    "--asyncio-mode": "pytest_asyncio",
    "--benchmark": "pytest_benchmark",
    "--black": "pytest_black",
    "--cov": "pytest_cov",
    "--ds": "pytest_django",
    "--flake8": "pytest_flake8",
    "--html": "pytest_html",
    "--json-report": "pytest_jsonreport",
    "--mypy": "pytest_mypy",
    "--numprocesses": "xdist",
    "--randomly": "pytest_randomly",
    "--reruns": "pytest_rerunfailures",
    "--snapshot": "syrupy",
    "--timeout": "pytest_timeout",
}


def look() -> int:
    """Say what is amiss, a line each, or that nothing is."""
    settings = _settings()
    trees = list(_trees())
    troubles = [
        *_mismatched(trees),
        *_async_tests(trees, settings),
        *_database_users(trees, settings),
        *_unknown_options(settings),
    ]
    return answer("\n".join(troubles) or "nothing is amiss")


def _mismatched(trees: list[tuple[Path, ast.Module]]) -> Iterator[str]:
    fixtures = {function.name: scope for _, tree in trees for function, scope in _fixtures(tree)}
    known = {**dict.fromkeys(_SHORT, "function"), **fixtures}
    for path, tree in trees:
        for function, scope in _fixtures(tree):
            for asked in function.args.args:
                if _SCOPES.index(known.get(asked.arg, "session")) < _SCOPES.index(scope):
                    yield f"scope: {function.name} in {path} lives longer than {asked.arg}"


def _async_tests(trees: list[tuple[Path, ast.Module]], settings: Mapping[str, str]) -> Iterator[str]:
    if settings.get("asyncio_mode") == "auto" or "asyncio-mode=auto" in settings.get("addopts", ""):
        return
    for path, tree in trees:
        marked = "asyncio" in _marks(tree) or "anyio" in _marks(tree)
        for function in _tests(tree):
            own = " ".join(map(ast.unparse, function.decorator_list))
            if isinstance(function, ast.AsyncFunctionDef) and not marked and not re.search(r"asyncio|anyio|trio", own):
                yield f"async: {function.name} in {path} is taken by no plugin"


def _database_users(trees: list[tuple[Path, ast.Module]], settings: Mapping[str, str]) -> Iterator[str]:
    if "DJANGO_SETTINGS_MODULE" not in settings or any(_opens_for_all(tree) for _, tree in trees):
        return
    for path, tree in trees:
        for function in _tests(tree):
            asked = {each.arg for each in function.args.args}
            own = " ".join(map(ast.unparse, function.decorator_list)) + _marks(tree)
            if "django_db" not in own and not asked & _DATABASE and re.search(r"\.objects\b", ast.unparse(function)):
                yield f"database: {function.name} in {path} is not allowed to use it"


def _unknown_options(settings: Mapping[str, str]) -> Iterator[str]:
    for word in settings.get("addopts", "").split():
        plugin = next((module for option, module in _PLUGINS.items() if word.startswith(option)), None)
        if plugin is not None and not _is_installed(plugin):
            yield f"option: {word} needs a plugin that is not installed"


def _is_installed(module: str) -> bool:
    code = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)"
    program = shutil.which("python3") or sys.executable
    return subprocess.run([program, "-I", "-c", code, module], capture_output=True, check=False).returncode == 0


def _fixtures(tree: ast.Module) -> Iterator[tuple[_Function, str]]:
    for function in ast.walk(tree):
        for decorator in function.decorator_list if isinstance(function, _Function) else ():
            call = decorator.func if isinstance(decorator, ast.Call) else decorator
            if not ast.unparse(call).endswith("fixture"):
                continue
            given = decorator.keywords if isinstance(decorator, ast.Call) else []
            scopes = [
                each.value.value for each in given if each.arg == "scope" and isinstance(each.value, ast.Constant)
            ]
            scope = str(scopes[0]) if scopes else "function"
            if isinstance(function, _Function) and scope in _SCOPES:
                yield function, scope


def _tests(tree: ast.Module) -> Iterator[_Function]:
    """Yield test functions and methods, without those of unittest, which pytest runs in its way."""
    for node in tree.body:
        if isinstance(node, _Function) and node.name.startswith("test"):
            yield node
        elif isinstance(node, ast.ClassDef) and not any("TestCase" in ast.unparse(base) for base in node.bases):
            yield from (each for each in node.body if isinstance(each, _Function) and each.name.startswith("test"))


def _marks(tree: ast.Module) -> str:
    return " ".join(
        ast.unparse(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and "pytestmark" in {ast.unparse(target) for target in node.targets}
    )


def _opens_for_all(tree: ast.Module) -> bool:
    return any(
        "autouse" in " ".join(map(ast.unparse, function.decorator_list))
        and _DATABASE & {each.arg for each in function.args.args}
        for function, _ in _fixtures(tree)
    )


def _trees() -> Iterator[tuple[Path, ast.Module]]:
    paths = (path for path in sorted(Path().rglob("*.py")) if not _SKIPPED & set(path.parts))
    inside = [path for path in paths if not any(part.startswith(".") for part in path.parts)]
    for path in inside[:_MOST_FILES]:
        if path.name.startswith(("test", "conftest")) or path.name.endswith("_test.py"):
            try:
                yield path, ast.parse(path.read_text(encoding="utf-8"))
            except (SyntaxError, UnicodeDecodeError):
                continue


def _settings() -> Mapping[str, str]:
    """Return pytest's settings from the first file that has them."""
    for file, section in (
        ("pytest.ini", "pytest"),
        (".pytest.ini", "pytest"),
        ("tox.ini", "pytest"),
        ("setup.cfg", "tool:pytest"),
    ):
        parser = configparser.RawConfigParser()
        parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their capitals
        if parser.read(file, encoding="utf-8") and parser.has_section(section):
            return dict(parser.items(section))
    try:
        tool = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8")).get("tool", {})
    except (OSError, tomllib.TOMLDecodeError):
        return {}
    options = tool.get("pytest", {}).get("ini_options", {})
    return {name: " ".join(value) if isinstance(value, list) else str(value) for name, value in options.items()}
