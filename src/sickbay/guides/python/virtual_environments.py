"""Looking at a virtual environment, making one, and removing one that was just made. For the guides beside this."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from sickbay.guides.function_parts import WRONG, answer
from sickbay.guides.python.environments import install

_LIST = ".made-by-repair.json"
"""Kept in a new environment: what was in it when it was made, so that nothing is removed that came later."""

_OTHERS_WRITE = 0o002


def look(folder: str, requirements: str, user: str) -> int:
    """Say what is amiss with an environment, a line each, or that it is well.

    With the number of a ``user`` that is not negative also whether that user could install into it. An environment that
    is not there is only amiss where the project has requirements to install.
    """
    path = Path(folder)
    if not path.is_dir():
        return answer("absent" if Path(requirements).is_file() else "not needed")
    troubles = [*_broken_interpreter(path), *_broken_scripts(path), *_damaged(path), *_closed(path, int(user))]
    return answer("\n".join(troubles) or "well")


def make(folder: str, requirements: str) -> int:
    """Make an environment that is not there, and install the project's requirements into it."""
    path = Path(folder)
    if path.exists() or path.is_symlink():
        return answer(f"{folder} is there already", WRONG)
    done = subprocess.run(
        [shutil.which("python3") or sys.executable, "-m", "venv", "--without-pip", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return answer(f"{done.stdout}{done.stderr}".strip(), done.returncode)
    if Path(requirements).is_file() and (code := install(str(path / "bin" / "python"), requirements, record="")):
        return code
    (path / _LIST).write_text(json.dumps(sorted(_contents(path))), encoding="utf-8")
    return 0


def remove(folder: str) -> int:
    """Remove an environment that :func:`make` made, while nothing was added to it."""
    path = Path(folder)
    try:
        made = json.loads((path / _LIST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return answer(f"{folder} was not made by this guide: {error}", WRONG)
    if added := sorted(set(_contents(path)) - {*made, _LIST}):
        return answer(f"{folder} was changed since: {added[0]}", WRONG)
    shutil.rmtree(path)
    return 0


def _broken_interpreter(path: Path) -> Iterator[str]:
    python = path / "bin" / "python"
    if not os.access(python, os.X_OK):
        yield f"no interpreter: {python}{' leads nowhere' if python.is_symlink() else ' is not there'}"
        return
    done = subprocess.run([str(python), "-I", "-c", "import site"], capture_output=True, text=True, check=False)
    if done.returncode:
        yield f"no interpreter: {python} does not start"


def _broken_scripts(path: Path) -> Iterator[str]:
    """Yield commands whose first line names an interpreter that is not there, as after a move of the folder."""
    for script in sorted((path / "bin").glob("*")):
        if script.is_symlink() or not script.is_file():
            continue
        with script.open("rb") as file:
            first = file.readline(400).decode(errors="replace").strip()
        words = first[2:].split()
        if first.startswith("#!") and words and not Path(words[0]).exists():
            yield f"broken command: {script} asks for {words[0]}"


def _damaged(path: Path) -> Iterator[str]:
    for info in sorted(path.glob("lib/python*/site-packages/*.dist-info")):
        for part in ("METADATA", "RECORD"):
            if not (info / part).is_file() or not (info / part).stat().st_size:
                yield f"damaged metadata: {info / part} is missing or empty"


def _closed(path: Path, user: int) -> Iterator[str]:
    """Yield the folder of modules where another user than its owner is to install, and may not."""
    for modules in sorted(path.glob("lib/python*/site-packages")):
        status = modules.stat()
        if user >= 0 and status.st_uid != user and not status.st_mode & _OTHERS_WRITE:
            yield f"not writable: {modules} belongs to user {status.st_uid}, and {user} installs"


def _contents(path: Path) -> Iterator[str]:
    yield from (str(inner.relative_to(path)) for inner in path.rglob("*") if "__pycache__" not in inner.parts)
