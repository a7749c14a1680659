"""What a project asks of Python, and whether it gets it. Only reads. For the guides beside this."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

from sickbay.guides.function_parts import answer
from sickbay.guides.python.environments import interpreter, try_to_install

_MOST_SOURCES = 2000
_SKIPPED = frozenset({"node_modules", "site-packages", "__pycache__", "build", "dist"})
_CONDITION = re.compile(r"\s*(?P<operator>~=|==|!=|<=|>=|<|>)\s*(?P<version>[\d.]+)(?P<any>\.\*)?\s*")
_RELEASE = re.compile(r"\d+(?:\.\d+)*")

_PARSE = """
import ast, sys
for name in sys.stdin.read().splitlines():
    try:
        ast.parse(open(name, "rb").read(), name)
    except SyntaxError as error:
        old = "Missing parentheses in call to" in str(error) or "multiple exception types" in str(error)
        print("written for Python 2:" if old else "does not parse:", name, error)
"""


def look_at_python(python: str, version_file: str, project_file: str) -> int:
    """Say what the project asks of Python and does not get, a line each, or that all is well."""
    troubles = [
        *_not_there(version_file),
        *_refused(python, project_file),
        *_broken_sources(python),
    ]
    return answer("\n".join(troubles) or "all is well")


def ready(python: str, version_file: str, project_file: str, requirements: str) -> int:
    """Say ``all is well`` where nothing is amiss and the requirements could be installed."""
    if Path(requirements).is_file() and (code := try_to_install(python, requirements)):
        return code
    return look_at_python(python, version_file, project_file)


def _not_there(version_file: str) -> Iterator[str]:
    path = Path(version_file)
    words = path.read_text(encoding="utf-8").split() if path.is_file() else []
    found = _RELEASE.search(words[0]) if words else None
    if found is None:
        return
    short = ".".join(found.group().split(".")[:2])
    if shutil.which(f"python{short}") is None and not _release(interpreter("python3")).startswith(f"{short}."):
        yield f"no interpreter of Python {found.group()}"


def _refused(python: str, project_file: str) -> Iterator[str]:
    try:
        project = tomllib.loads(Path(project_file).read_text(encoding="utf-8")).get("project", {})
    except (OSError, tomllib.TOMLDecodeError):
        return
    running = _release(interpreter(python))
    wanted = str(project.get("requires-python", "")) if isinstance(project, dict) else ""
    if running and not all(_holds(condition, running) for condition in wanted.split(",")):
        yield f"the project refuses Python {running}: {wanted}"


def _holds(condition: str, running: str) -> bool:
    """Say whether a version meets one condition. What cannot be read counts as met."""
    found = _CONDITION.fullmatch(condition)
    if found is None:
        return True
    asked = tuple(map(int, found["version"].strip(".").split(".")))
    have = tuple(map(int, running.split(".")))
    size = len(asked) if found["any"] else max(len(asked), len(have))
    left, right = (have + (0,) * size)[:size], (asked + (0,) * size)[:size]
    match found["operator"]:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case "~=":
            return left >= right and have[: len(asked) - 1] == asked[:-1]
    return left >= right


def _release(program: str) -> str:
    code = "import platform; print(platform.python_version())"
    done = subprocess.run([program, "-I", "-c", code], capture_output=True, text=True, check=False)
    found = _RELEASE.match(done.stdout)
    return found.group() if found else ""


def _broken_sources(python: str) -> list[str]:
    names = "\n".join(map(str, list(_sources())[:_MOST_SOURCES]))
    done = subprocess.run(
        [interpreter(python), "-I", "-W", "ignore", "-c", _PARSE],
        input=names,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()


def _sources(folder: Path = Path()) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir() and path.name not in _SKIPPED and not (path / "pyvenv.cfg").exists():
            yield from _sources(path)
        elif path.suffix == ".py":
            yield path
