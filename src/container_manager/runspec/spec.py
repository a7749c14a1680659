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


class PullPolicy(StrEnum):
    """When an image is brought from its registry."""

    MISSING = "missing"
    """Where the platform does not have it yet."""
    ALWAYS = "always"
    """Before every attempt."""
    NEVER = "never"
    """Not at all: what is not there already is refused."""


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
    """The safe defaults of a container, and what a job relaxed or tightened on purpose.

    There is no ``privileged``: no job gets it. ``add_capabilities`` are names without the ``CAP_`` prefix, added to
    the few that images commonly need; ``drop_capabilities`` are taken from those few (``"ALL"``: every one of them).
    ``seccomp_profile`` is a profile as JSON text, ``apparmor_profile`` the name of one that is loaded on the host;
    either may be ``"unconfined"``, and ``None`` leaves the platform's own.
    """

    add_capabilities: tuple[str, ...] = ()
    drop_capabilities: tuple[str, ...] = ()
    allow_new_privileges: bool = False
    pids_limit: int = DEFAULT_PIDS_LIMIT
    init: bool = True
    read_only_root: bool = False
    seccomp_profile: str | None = None
    apparmor_profile: str | None = None


@dataclass(frozen=True, kw_only=True)
class Ulimit:
    """One limit of the container's processes, by its name in ``setrlimit(2)`` without ``RLIMIT_``, lower case."""

    name: str
    soft: int
    hard: int


@dataclass(frozen=True, kw_only=True)
class GpuRequest:
    """Graphics processors asked for: so many (-1: all), or those with these ids."""

    count: int = 0
    device_ids: tuple[str, ...] = ()
    driver: str = ""
    capabilities: tuple[str, ...] = ("gpu",)


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Limits besides memory, CPU, and pids. Sizes are in MB (1024 * 1024 bytes).

    ``swap_limit_mb`` is swap beyond the memory limit: ``None`` and 0 mean none at all.
    """

    swap_limit_mb: int | None = None
    shm_size_mb: int | None = None
    gpus: GpuRequest | None = None
    ulimits: tuple[Ulimit, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PublishedPort:
    """A port of the container made reachable on its host. ``host_port`` ``None``: the platform chooses one."""

    container_port: int
    protocol: str = "tcp"
    host_port: int | None = None
    host_ip: str = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Networking:
    """What of the network is not the network's own choice."""

    ports: tuple[PublishedPort, ...] = ()
    dns: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    extra_hosts: Mapping[str, str] = field(default_factory=dict)
    """Names to addresses."""


@dataclass(frozen=True, kw_only=True)
class RegistryCredentials:
    """How to log in at the image's registry: by name and password, or by an identity token.

    Never stored with a job, and never shown.
    """

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class SecretFile:
    """A secret given to the container as a file on a tmpfs. Never stored with a job, and never shown.

    A relative ``path`` is in the directory that the variable ``SICKBAY_SECRETS`` names. ``content`` is empty until the
    launch.
    """

    path: str
    content: bytes = field(repr=False)
    mode: int = 0o400
    name: str = ""
    """The secret's name, for masks and messages."""


@dataclass(frozen=True, kw_only=True)
class FileTransfer:
    """A file or a directory brought into the container before its start, or taken out after its end.

    ``path`` is absolute inside the container; ``name`` is the artifact's. ``max_bytes`` bounds what is transferred.
    """

    path: str
    name: str
    max_bytes: int = 1024**3


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """One request to run an image and a command.

    ``command`` is an argument list, empty for the image's own. ``memory_limit_mb`` is in MB (1024 * 1024 bytes),
    ``cpu_limit`` in cores. ``secret_names`` are the variables of ``environment`` whose values must never be stored or
    shown. ``network`` is ``None`` for the platform's default, ``"none"`` for no network, or a network's name.
    ``entrypoint`` ``None`` is the image's own, an empty one means none. ``registry`` and ``secret_files`` are filled in
    by the worker just before the launch.
    """

    image: str
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_names: frozenset[str] = frozenset()
    memory_limit_mb: int | None = None
    cpu_limit: float | None = None
    working_directory: str | None = None
    user: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    network: str | None = None
    hardening: Hardening = field(default_factory=Hardening)
    resources: Resources = field(default_factory=Resources)
    networking: Networking = field(default_factory=Networking)
    stop_signal: str | None = None
    pull_policy: PullPolicy = PullPolicy.MISSING
    pull_timeout_seconds: float | None = None
    """How long a pull may be silent."""
    inputs: tuple[FileTransfer, ...] = ()
    outputs: tuple[FileTransfer, ...] = ()
    registry: RegistryCredentials | None = None
    secret_files: tuple[SecretFile, ...] = ()

    @property
    def secret_variables(self) -> dict[str, str]:
        """The variables whose values must never be stored or shown, with those values."""
        return {name: self.environment[name] for name in sorted(self.secret_names) if name in self.environment}

    @property
    def secrets(self) -> dict[str, str]:
        """Everything that must never be stored or shown and is not empty, by what it is called in a mask."""
        known = {name: value for name, value in self.secret_variables.items() if value}
        others = [(file.name or file.path, file.content.decode("utf-8", "replace")) for file in self.secret_files]
        if self.registry is not None:
            others.append(("registry password", self.registry.password))
            others.append(("registry token", self.registry.identity_token))
        for name, value in others:
            if value and value not in known.values():
                known[f"{name} (file)" if name in known else name] = value
        return known

    @property
    def secret_values(self) -> tuple[str, ...]:
        """The values of ``secrets``, longest first."""
        return tuple(sorted(set(self.secrets.values()), key=lambda value: (-len(value), value)))
