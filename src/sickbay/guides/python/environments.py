"""Looking into a project's Python environment, installing into it, and taking that back. For the guides beside this.

A look runs the environment's own interpreter, for only that one knows what it would import.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from sickbay.guides.function_parts import answer, take_away

RECORD = ".installed-before.txt"
"""What was installed before a step, so that its undo can put it back."""

#: Modules that talk to databases.
_DRIVERS = re.compile(
    r"MySQLdb|aiomysql|aioodbc|aiosqlite|asyncmy|asyncpg|clickhouse_\w+|cx_Oracle|duckdb|fdb|hdbcli|ibm_db|ibm_db_dbi"
    r"|mariadb|mysql|oracledb|pg8000|psycopg\w*|pymssql|pymysql|pyodbc|snowflake|_sqlite3|teradatasql"
)

_FIND = """
import importlib.util, sys
print("absent" if importlib.util.find_spec(sys.argv[1].partition(".")[0]) is None else "there")
"""


def find_module(python: str, module: str) -> int:
    """Say whether an interpreter finds a module, and whether one that it does not find is a database driver."""
    found = _ask([interpreter(python), "-B", "-c", _FIND, module])
    kind = " driver" if _DRIVERS.fullmatch(module.partition(".")[0]) else ""
    return answer(f"{found.stdout.strip()}{kind}" if found.returncode == 0 else found.stderr.strip(), found.returncode)


def check_consistent(python: str) -> int:
    """Say whether what is installed fits together, with pip's own words where it does not."""
    found = _ask([*_pip(python), "check"])
    return answer(found.stdout.strip() or found.stderr.strip(), found.returncode)


def install(python: str, requirements: str, record: str = RECORD) -> int:
    """Install what a requirements file asks for. ``record`` names the file, if any, for what was installed before."""
    if record:
        before = _installed(python)
        with Path(record).open("x", encoding="utf-8") as file:
            file.write(_lines(before.values()))
    return _tell(_ask([*_pip(python), "install", *_QUIET, "--requirement", requirements]))


def put_back(python: str, requirements: str) -> int:
    """Remove what :func:`install` added, and install anew what it replaced."""
    recorded = Path(RECORD).read_text(encoding="utf-8")
    before, now = _by_name(recorded.splitlines()), _installed(python)
    added = sorted(set(now) - set(before))
    replaced = [line for name, line in before.items() if now.get(name) != line]
    modules = module_folder(python)
    code = _tell(_ask([*_pip(python), "uninstall", "--yes", *added])) if added else 0
    modules.mkdir(parents=True, exist_ok=True)  # pip takes away a folder that it has emptied
    if replaced and not code:
        options = [word for line in _options(requirements) for word in line.split()]
        code = _tell(_ask([*_pip(python), "install", *_QUIET, "--no-deps", *options, *replaced]))
    return code or take_away(RECORD, recorded)


def try_to_install(python: str, requirements: str, *, only_wheels: bool = False) -> int:
    """Say whether what a requirements file asks for could be installed, without installing it.

    With ``only_wheels`` nothing is built for that.
    """
    options = ["--only-binary", ":all:"] if only_wheels else []
    what = ["--dry-run", "--ignore-installed", *options, "--requirement", requirements]
    done = _ask([*_pip(python), "install", *_QUIET, *what])
    return answer("installable" if done.returncode == 0 else f"{done.stdout}{done.stderr}".strip(), done.returncode)


def look_at_installed(python: str) -> int:
    """Say whether what is installed in a project's environment fits together."""
    if not os.access(python, os.X_OK):
        return answer("no environment")
    return check_consistent(python)


def fits_together(python: str, requirements: str) -> int:
    """Say ``fits`` where a requirements file could be installed, and what is installed already fits together."""
    if code := try_to_install(python, requirements) or look_at_installed(python):
        return code
    return answer("fits")


def interpreter(python: str) -> str:
    """Return the interpreter where it is there, else the one that a shell would find."""
    return python if os.access(python, os.X_OK) else shutil.which("python3") or sys.executable


def module_folder(python: str) -> Path:
    """Return the folder into which an interpreter's distributions are installed."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(_ask([interpreter(python), "-I", "-c", code]).stdout.strip())


_QUIET = ("--quiet", "--disable-pip-version-check", "--no-input", "--no-compile", "--no-cache-dir")


def _pip(python: str) -> list[str]:
    """Return the beginning of a command of pip for an interpreter, by another pip where it has none."""
    target = interpreter(python)
    own = _ask([target, "-m", "pip", "--version"])
    return [target, "-m", "pip"] if own.returncode == 0 else [sys.executable, "-m", "pip", "--python", target]


def _installed(python: str) -> dict[str, str]:
    return _by_name(_ask([*_pip(python), "freeze", "--all", "--disable-pip-version-check"]).stdout.splitlines())


def _by_name(lines: Iterable[str]) -> dict[str, str]:
    return {re.split(r"==| @ ", line)[0].lower(): line for line in lines if line and not line.startswith(("#", "-"))}


def _options(requirements: str) -> list[str]:
    lines = Path(requirements).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip().startswith("--")]


def _lines(texts: Iterable[str]) -> str:
    return "".join(f"{text}\n" for text in texts)


def _tell(done: subprocess.CompletedProcess[str]) -> int:
    if done.returncode:
        answer(f"{done.stdout}{done.stderr}".strip())
    return done.returncode


def _ask(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment)
