"""Asking the Django project of this folder: in a child alone, so that nothing of the project is loaded here.

The child is the asking module's own file, run by its path with what to ask as its arguments, or ``manage.py``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_SECONDS = 300

#: A program that may lie where Python does not look by itself gets this very package.
_LAUNCHER = (
    "import runpy, sys; del sys.argv[0]; home = sys.argv.pop(0); home in sys.path or sys.path.insert(0, home); "
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)
_PACKAGES = str(Path(__file__).resolve().parents[2])


def run_in_project(file: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module's ``__file__`` in this folder. Raises ``TimeoutExpired``."""
    return _run("-c", _LAUNCHER, _PACKAGES, str(Path(file).resolve()), *arguments)


def project_says(file: str, *arguments: str) -> str:
    """Return what such a file prints, empty where it fails: then the project could not be asked."""
    done = run_in_project(file, *arguments)
    return done.stdout.strip() if done.returncode == 0 else ""


def run_manage(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this folder's ``manage.py``. Raises ``TimeoutExpired``."""
    return _run("manage.py", *arguments)


def enter_project(settings: str) -> None:
    """Let the child import from this folder, with the settings module of that name."""
    sys.path.insert(0, str(Path.cwd()))
    os.environ["DJANGO_SETTINGS_MODULE"] = settings


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  (no shell: each argument is one word)
        [sys.executable, "-B", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
