"""What to run, in no platform's words.

A :class:`RunSpec` is made once, from a stored job, and handed to an executor, which translates it. It holds
no host, no handle, and no time: the same spec runs anywhere whose executor can honor it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: Processes and threads one attempt may have at once unless the job says otherwise.
DEFAULT_PIDS_LIMIT = 1024

#: Seconds between the stop signal and ``SIGKILL`` unless the job says otherwise.
DEFAULT_STOP_GRACE_SECONDS = 10


class MountKind(StrEnum):
    """Where the mounted files come from."""

    BIND = "bind"
    VOLUME = "volume"
    TMPFS = "tmpfs"


@dataclass(frozen=True, kw_only=True)
class Mount:
    """One directory or file made visible inside the container.

    ``source`` is a host path (bind), a volume's name (volume), or ``None`` (tmpfs). ``size_mb`` bounds a tmpfs; as
    everywhere in this package, 1 MB is 1024 * 1024 bytes.
    """

    kind: MountKind
    target: str
    source: str | None = None
    read_only: bool = False
    size_mb: int | None = None


@dataclass(frozen=True, kw_only=True)
class Hardening:
    """The safe defaults of a container, and what a job relaxed on purpose.

    There is no ``privileged``: no job gets it. ``add_capabilities`` are names without the ``CAP_`` prefix, added to
    the few that images commonly need.
    """

    add_capabilities: tuple[str, ...] = ()
    allow_new_privileges: bool = False
    pids_limit: int = DEFAULT_PIDS_LIMIT
    init: bool = True
    read_only_root: bool = False


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """One request to run an image and a command.

    ``command`` is an argument list, empty for the image's own. ``memory_limit_mb`` is in MB (1024 * 1024 bytes),
    ``cpu_limit`` in cores. ``secret_names`` are the variables of ``environment`` whose values must never be stored or
    shown. ``network`` is ``None`` for the platform's default, ``"none"`` for no network, or a network's name.
    """

    image: str
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    secret_names: frozenset[str] = frozenset()
    memory_limit_mb: int | None = None
    cpu_limit: float | None = None
    working_directory: str | None = None
    user: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    network: str | None = None
    hardening: Hardening = field(default_factory=Hardening)

    @property
    def secrets(self) -> dict[str, str]:
        """The variables whose values must never be stored or shown, with those that are not empty."""
        return {name: self.environment[name] for name in sorted(self.secret_names) if self.environment.get(name)}

    @property
    def secret_values(self) -> tuple[str, ...]:
        """The non-empty values behind ``secret_names``, longest first."""
        return tuple(sorted(set(self.secrets.values()), key=lambda value: (-len(value), value)))
