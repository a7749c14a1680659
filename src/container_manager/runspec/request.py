"""Checking what a job asks for, before anything is stored.

Pure: takes plain values, returns a :class:`JobRequest` or raises :class:`InvalidJobError` with every wrong field at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from container_manager.runspec.spec import RunSpec


class JobRequestFields(TypedDict, total=False):
    """The keyword arguments of ``ContainerJob.objects.create_job`` (all but ``host``)."""

    image: str
    command: str | Sequence[str]
    name: str
    environment: Mapping[str, str]
    secret_names: Sequence[str]
    memory_limit: int
    cpu_limit: float
    timeout_seconds: float
    stop_grace_seconds: float
    working_directory: str
    user: str
    labels: Mapping[str, str]
    mounts: Sequence[Mapping[str, object]]
    network: str
    add_capabilities: Sequence[str]
    allow_new_privileges: bool
    pids_limit: int
    init: bool
    read_only_root: bool


@dataclass(frozen=True, kw_only=True)
class FieldProblem:
    """One wrong field: what is wrong, and what would be right."""

    field: str
    message: str
    fix: str


class InvalidJobError(ValueError):
    """A job request has wrong fields. ``problems`` has one entry for each."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{p.field}: {p.message} {p.fix}" for p in self.problems))


@dataclass(frozen=True, kw_only=True)
class JobRequest:
    """A request that was found good: what to run, and the limits that are not the platform's business."""

    spec: RunSpec
    name: str = ""
    timeout_seconds: float | None = None
    stop_grace_seconds: float = 10.0
