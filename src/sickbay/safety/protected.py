"""Paths that hold logs, databases, and configuration: judged by where they lead, not by how they are written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sickbay.safety.effects import Resource


class ProtectedPathError(PermissionError):
    """Something would be written where nothing may be."""


@dataclass(frozen=True, kw_only=True)
class Protected:
    """A file, or a folder with all below it, and what it holds."""

    path: Path
    holds: Resource


BUILTIN = (
    Protected(path=Path("/var/log"), holds=Resource.LOG),
    Protected(path=Path("/var/lib/docker"), holds=Resource.VOLUME),
    Protected(path=Path("/var/lib/containerd"), holds=Resource.VOLUME),
    Protected(path=Path("/var/lib/postgresql"), holds=Resource.DATABASE),
    Protected(path=Path("/var/lib/mysql"), holds=Resource.DATABASE),
    Protected(path=Path("/var/lib/redis"), holds=Resource.DATABASE),
    Protected(path=Path("/etc"), holds=Resource.CONFIGURATION),
    Protected(path=Path("/boot"), holds=Resource.CONFIGURATION),
)
"""Protected everywhere. A session adds the project's own; nothing takes one away."""


class ProtectedPaths:
    """Decides where an action may write."""

    def __init__(self, added: Iterable[Protected] = ()) -> None:
        self._protected = tuple(Protected(path=_resolved(each.path), holds=each.holds) for each in (*BUILTIN, *added))

    def writable(self, path: Path, resource: Resource) -> Path:
        """Return where ``path`` really leads, if an action on ``resource`` may write there.

        Configuration may be changed by an action that says so, as its undo brings it back. Logs, databases, and the
        folders that any protected path stands in may not be written at all. Raises :class:`ProtectedPathError`.
        """
        real = _resolved(path)
        for each in self._protected:
            if each.path.is_relative_to(real) and each.path != real:
                raise ProtectedPathError(f"{path} leads to {real}, which holds {each.path}")
            if real.is_relative_to(each.path) and not each.holds is resource is Resource.CONFIGURATION:
                raise ProtectedPathError(f"{path} leads to {real}, which is {each.holds} and stays as it is")
        _refuse_second_names(path, real)
        return real


def _resolved(path: Path) -> Path:
    """Follow every link and ``..``; what does not exist yet keeps the rest of its name."""
    return Path(os.path.realpath(path))


def _refuse_second_names(path: Path, real: Path) -> None:
    """A file with a second name may be a protected one under another."""
    try:
        found = real.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
        raise ProtectedPathError(f"{path} has other names (hard links), which may be protected")
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise ProtectedPathError(f"{path} leads to {real}, which is neither a file nor a folder")
