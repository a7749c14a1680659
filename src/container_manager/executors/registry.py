"""From a host's executor type to its executor.

An executor type is found by its path: the package ``executors/NAME`` with its ``executor.py``, or an entry point of the
group ``container_manager.executors`` in any installed package. Its module has a function ``build(config)``. There is no
list to edit.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from typing import cast

from container_manager import executors
from container_manager.executors.base import Executor

ENTRY_POINT_GROUP = "container_manager.executors"


@dataclass(frozen=True, kw_only=True)
class HostConfig:
    """How to reach one host: its name, its address, and what else its executor type takes.

    ``address`` is empty for the executor's own default (for Docker: ``DOCKER_HOST``, else the local socket).
    """

    name: str
    address: str = ""
    options: Mapping[str, object] = field(default_factory=dict)


class UnknownExecutorError(Exception):
    """No executor has this name."""

    def __init__(self, executor_type: str) -> None:
        known = ", ".join(executor_types())
        super().__init__(f"no executor is called {executor_type!r}; there are: {known}")


def executor_types() -> tuple[str, ...]:
    """The names of all executors that can be built here, sorted."""
    ours = {module.name for module in pkgutil.iter_modules(executors.__path__) if module.ispkg}
    theirs = {point.name for point in entry_points(group=ENTRY_POINT_GROUP)}
    return tuple(sorted(ours | theirs))


def build_executor(executor_type: str, config: HostConfig) -> Executor:
    """Return a new executor of this type for this host. Connects to nothing yet.

    Raises :class:`UnknownExecutorError` for a type that does not exist, and ``ValueError`` for an address or an
    option that the executor cannot take.
    """
    return _builder(executor_type)(config)


def _builder(executor_type: str) -> Callable[[HostConfig], Executor]:
    for module in pkgutil.iter_modules(executors.__path__):
        if module.name == executor_type and module.ispkg:
            path = f"{executors.__name__}.{module.name}.executor"
            return cast("Callable[[HostConfig], Executor]", import_module(path).build)
    for point in entry_points(group=ENTRY_POINT_GROUP):
        if point.name == executor_type:
            return cast("Callable[[HostConfig], Executor]", point.load())
    raise UnknownExecutorError(executor_type)
