"""What one run of the lab has at hand: parts that several proofs share, and those that each gets for itself."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sickbay.lab.background import end_processes_with
from sickbay.lab.database_server import DatabaseServer, why_no_server
from sickbay.lab.engine_objects import engine_state, lab_image, remove_objects, why_no_engine
from sickbay.lab.folder_state import State, folder_state
from sickbay.lab.registries import registries, why_no_registry
from sickbay.lab.scripts import MOST_SECONDS
from sickbay.lab.small_disk import small_disk, why_no_disk

NAME_VARIABLE = "SICKBAY_NAME"

_UNPRIVILEGED = "nobody"

#: Beginnings of variables that would change what programs in a site do.
_NOT_TAKEN_OVER = ("DJANGO_", "PG", "PIP_", "PYTEST_", "PYTHON", "SICKBAY_", "UV_", "VIRTUAL_ENV")


def why_not_root() -> str:
    """Say why what needs root cannot be done; empty where it can."""
    return "" if os.geteuid() == 0 else "this needs root"


def _why_no_registries() -> str:
    return why_no_engine() or why_no_registry()


def _always() -> str:
    return ""


NEEDS: Mapping[str, Callable[[], str]] = {
    "cgroup": why_not_root,
    "disk": why_no_disk,
    "docker": why_no_engine,
    "postgresql": why_no_server,
    "python": _always,
    "registry": _why_no_registries,
    "root": why_not_root,
    "user": why_not_root,
}
"""What a reproduction may name under ``needs=``, with what says why it is not there."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where one proof happens: its folder, its variables, and how its state is read."""

    name: str
    folder: Path
    environment: Mapping[str, str]
    inputs_file: Path
    state: Callable[[], State]


class Bench:
    """Hands out sites, in which a script of a guide may take ``script_seconds``.

    Use it as a context manager; what is shared is taken away at its end.
    """

    def __init__(self, *, script_seconds: float = MOST_SECONDS) -> None:
        self.script_seconds = script_seconds
        self._stack = ExitStack()
        self._lock = threading.RLock()
        self._why: dict[str, str] = {}
        self._registries: Mapping[str, str] | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="sickbay-lab-"))
        self._folder.chmod(0o755)  # unprivileged users come here, too

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stack.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def why_missing(self, needs: Iterable[str]) -> str:
        """Say why not all of the needs are there; empty where they are."""
        with self._lock:
            for need in needs:
                if need not in self._why:
                    self._why[need] = NEEDS[need]() if need in NEEDS else f"nobody provides {need!r}"
        return "; ".join(f"{need}: {self._why[need]}" for need in sorted(set(needs)) if self._why[need])

    @contextmanager
    def site(self, needs: Iterable[str]) -> Iterator[Site]:
        """Make a site with all that is needed, and take it away again, whatever has happened in it."""
        wanted = frozenset(needs)
        name = f"sickbay-lab-{secrets.token_hex(4)}"
        home = self._folder / name
        folder = home / "project"
        folder.mkdir(parents=True)
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, home, ignore_errors=True)
            variables = {**_callers_variables(), **_basic_variables(name, home)}
            states: list[Callable[[], State]] = [lambda: folder_state(folder)]
            if wanted & {"docker", "registry"}:
                stack.callback(remove_objects, name)
                variables["SICKBAY_IMAGE"] = lab_image()
                states.append(lambda: engine_state(name))
            if "registry" in wanted:
                variables |= self._shared_registries()
            if "postgresql" in wanted:
                server = stack.enter_context(DatabaseServer(self._folder / "database-template"))
                variables |= server.variables
                states.append(server.state)
            if "user" in wanted:
                user = pwd.getpwnam(_UNPRIVILEGED)
                variables |= {"SICKBAY_USER": user.pw_name, "SICKBAY_UID": str(user.pw_uid)}
            if "disk" in wanted:
                variables["SICKBAY_DISK"] = str(stack.enter_context(small_disk(home / "disk")))
            stack.callback(end_processes_with, NAME_VARIABLE, name)
            yield Site(
                name=name,
                folder=folder,
                environment=variables,
                inputs_file=home / "inputs",
                state=lambda: {key: value for state in states for key, value in state().items()},
            )

    def _shared_registries(self) -> Mapping[str, str]:
        with self._lock:
            if self._registries is None:
                self._registries = self._stack.enter_context(registries(self._folder / "registries"))
        return self._registries


def _callers_variables() -> Mapping[str, str]:
    """Return what a site takes over: nothing that points programs at the caller's own project or servers."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_NOT_TAKEN_OVER)}


def _basic_variables(name: str, home: Path) -> Mapping[str, str]:
    (home / "inputs").touch()
    return {
        NAME_VARIABLE: name,
        "SICKBAY_INPUTS": str(home / "inputs"),
        "SICKBAY_PYTHON": sys.executable,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONDONTWRITEBYTECODE": "1",  # or every look at Python would leave files behind
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
    }
