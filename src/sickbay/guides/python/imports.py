"""Where a project's module would come from, and the small changes that let it be found. For the guides beside this."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from sickbay.guides.function_parts import WRONG, answer, change_text, make_file, put_text_back, take_away
from sickbay.guides.kept_file import CannotChangeError, Edit

LINK = "project-folder.pth"
"""The file in an environment that names the project's folder."""

_SKIPPED = frozenset({"node_modules", "site-packages", "__pycache__"})
_DEEPEST = 4
_LONGEST_CIRCLE = 8

#: What a module that serves requests is mostly called in its file.
_SERVING = ("application", "app", "api", "asgi", "wsgi", "create_app")

_FIND = """
import importlib.machinery, json, sys
folder, name = sys.argv[1], sys.argv[2].partition(".")[0]
def found(path):
    spec = importlib.machinery.PathFinder.find_spec(name, path)
    return None if spec is None else spec.origin or (list(spec.submodule_search_locations or []) or [None])[0]
first, behind = found([folder, *sys.path[1:]]), found(sys.path[1:])
if name in sys.builtin_module_names:
    first = behind = "built-in"
print(json.dumps([first, behind]))
"""

_LOAD = """
import importlib, sys
sys.path[0] = sys.argv[1]
print("loads" if hasattr(importlib.import_module(sys.argv[2]), sys.argv[3]) else "no such name in it")
"""


def place(python: str, folder: str, module: str) -> int:
    """Say where a program that is started from a folder would find a module: ``there``, or why it would not."""
    done = _run(python, _FIND, str(Path(folder).resolve()), module)
    if done.returncode:
        return answer(done.stderr.strip(), done.returncode)
    first, behind = json.loads(done.stdout)
    if first and behind and first != behind and Path(first).is_relative_to(Path.cwd()):
        answer(f"shadowed {first}")
    elif first:
        answer("there")
    else:
        answer(next((f"elsewhere {found}" for found in _homes(module)), "absent"))
    return 0


def look_inside(folder: str, module: str, name: str) -> int:
    """Say whether a module of the project defines a name, and whether it imports itself in a circle. Runs nothing."""
    path = Path(_file(folder, module))
    if not path.is_file():
        return answer("not a module of this project")
    text = path.read_text(encoding="utf-8")
    names = {*_top_names(text), *_imported_names(text), "__name__", "__doc__", "__file__"}
    circle = _circle(folder, module, [])
    answer(f"in a circle: {' imports '.join(circle)}" if circle else "in no circle")
    return answer("the name is there" if name in names or {"*", "__getattr__"} & names else "the name is not there")


def load(python: str, folder: str, module: str, name: str) -> int:
    """Import a module as a program started from a folder would, and say whether it comes from its own place."""
    done = _run(python, _LOAD, str(Path(folder).resolve()), module, name)
    if done.returncode:
        return answer(done.stderr.strip().splitlines()[-1], done.returncode)
    answer(done.stdout.strip())
    return place(python, folder, module)


def add_folder(python: str, module: str) -> int:
    """Let an environment find the folder of the project in which a module lies."""
    home = next(_homes(module), None)
    if home is None:
        return answer(f"no folder below here has {module}", WRONG)
    modules = _modules(python)
    if modules is None:
        return answer(f"{python} is no environment of this project", WRONG)
    return make_file(str(modules / LINK), f"{home}\n")


def take_folder_out(python: str, module: str) -> int:
    """Take back :func:`add_folder`."""
    home, modules = next(_homes(module), None), _modules(python)
    return 1 if modules is None else take_away(str(modules / LINK), f"{home}\n")


def rename(folder: str, module: str) -> int:
    """Give the file that hides a library another name."""
    return _move(Path(_file(folder, module)), _renamed(folder, module))


def name_back(folder: str, module: str) -> int:
    """Take back :func:`rename`."""
    return _move(_renamed(folder, module), Path(_file(folder, module)))


def add_name(folder: str, module: str, name: str) -> int:
    """Give what a module serves the name under which the server looks for it."""
    return change_text(_file(folder, module), _naming(name))


def take_name_out(folder: str, module: str, name: str) -> int:
    """Take back :func:`add_name`."""
    return put_text_back(_file(folder, module), _naming(name))


def _renamed(folder: str, module: str) -> Path:
    path = Path(_file(folder, module))
    return path.with_stem(f"{path.stem}_renamed")


def _move(source: Path, target: Path) -> int:
    if target.exists() or not source.is_file():
        return answer(f"{source} was not moved: {target if target.exists() else 'nothing like it'} is there", WRONG)
    source.rename(target)
    return 0


def _naming(name: str) -> Edit:
    def edit(text: str) -> str:
        there = set(_top_names(text))
        served = next((known for known in _SERVING if known in there and known != name), None)
        if name in there or served is None:
            raise CannotChangeError(
                f"it has {name} already" if name in there else "nothing in it looks like what is served"
            )
        value = f"{served}()" if served.startswith("create_") else served
        return f"{text.rstrip()}\n\n{name} = {value}\n"

    return edit


def _top_names(text: str) -> Iterator[str]:
    try:
        body = ast.parse(text).body
    except SyntaxError as error:
        raise CannotChangeError(str(error)) from error
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def _imported_names(text: str) -> Iterator[str]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((each.asname or each.name).partition(".")[0] for each in node.names)


def _circle(folder: str, module: str, way: list[str]) -> list[str]:
    """Return the way from a module through imports at the top of files back to itself, empty where there is none."""
    if module in way:
        return [*way[way.index(module) :], module] if way[0] == module else []
    path = Path(_file(folder, module))
    if not path.is_file() or len(way) > _LONGEST_CIRCLE:
        return []
    for imported in _imported_modules(path.read_text(encoding="utf-8")):
        if circle := _circle(folder, imported, [*way, module]):
            return circle
    return []


def _imported_modules(text: str) -> Iterator[str]:
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return
    for node in body:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _file(folder: str, module: str) -> str:
    path = Path(folder, *module.split("."))
    return str(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))


def _homes(module: str) -> Iterator[Path]:
    """Yield the folders below this one in which a module of that name lies, the nearest first."""
    name, level = module.partition(".")[0], [Path.cwd()]
    for _ in range(_DEEPEST):
        yield from (
            each for each in level if (each / f"{name}.py").is_file() or (each / name / "__init__.py").is_file()
        )
        level = [inner for each in level for inner in sorted(each.iterdir()) if _is_searched(inner)]


def _is_searched(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and path.name not in _SKIPPED and not path.name.startswith(".")


def _modules(python: str) -> Path | None:
    """Return where an environment's modules lie, ``None`` where the interpreter is not an environment's."""
    code = "import sys, sysconfig; print(sys.prefix != sys.base_prefix and sysconfig.get_path('purelib') or '')"
    printed = _run(python, code).stdout.strip()
    return Path(printed) if printed else None


def _run(python: str, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = python if os.access(python, os.X_OK) else shutil.which("python3") or sys.executable
    return subprocess.run([program, "-B", "-c", code, *arguments], capture_output=True, text=True, check=False)
