"""What depends on what a repair touches: running containers, and whatever installed packages know of.

A package tells of more by an entry point of the group ``sickbay.impact``: a function that takes an :class:`Inquiry`
and returns what depends on it, a line each, or raises :class:`ImpactUnknownError` where it could not find out.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sickbay.repair.touching import Touched
from sickbay.safety.effects import Resource
from sickbay.safety.engine_client import EngineUnreachableError, ReadOnlyEngine

ENTRY_POINTS = "sickbay.impact"

_SECONDS = 10.0
_MOST_LINES = 20


class ImpactUnknownError(Exception):
    """Nobody could find out what depends on it. The message says why."""


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """What may be interrupted: on which host, which kinds of things, and which of them, if that is known."""

    host: str
    touched: tuple[Touched, ...]

    @property
    def resources(self) -> frozenset[Resource]:
        """The kinds of things."""
        return frozenset(each.resource for each in self.touched)


Source = Callable[[Inquiry], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class Impact:
    """What was found: ``lines``, which are ``None`` where it is unknown, and then ``why``."""

    lines: tuple[str, ...] | None
    why: str = ""


def impact_of(touched: Iterable[Touched], *, engine: Path | None) -> Impact:
    """Ask who depends on what is touched. Of files nothing does; ``engine`` is the engine's socket, if it is here."""
    interrupted = tuple(each for each in touched if each.may_interrupt)
    if not interrupted:
        return Impact(lines=())
    inquiry = Inquiry(host=socket.gethostname(), touched=interrupted)
    try:
        lines = list(running_containers(inquiry, engine))
        for source in _installed():
            lines += source(inquiry)
    except ImpactUnknownError as error:
        return Impact(lines=None, why=str(error))
    return Impact(lines=_shortened(lines))


def running_containers(inquiry: Inquiry, engine: Path | None) -> Iterator[str]:
    """Yield the running containers that depend on what is touched. Raises :class:`ImpactUnknownError`."""
    asked = {Resource.CONTAINER, Resource.NETWORK, Resource.SERVICE, Resource.HOST}
    if not inquiry.resources & asked:
        return
    if engine is None:
        raise ImpactUnknownError("the engine is not on this machine, so its containers cannot be asked about")
    try:
        answer = ReadOnlyEngine(engine).ask("/containers/json", seconds=_SECONDS)
        running: Sequence[Mapping[str, Any]] = json.loads(answer.body)
    except EngineUnreachableError as error:
        if not engine.exists():
            return  # there is no engine on this machine, and so no container
        raise ImpactUnknownError(f"which containers run cannot be asked: {error}") from error
    except ValueError as error:
        raise ImpactUnknownError("the engine did not say which containers run") from error
    if answer.status != 200 or answer.truncated:
        raise ImpactUnknownError("the engine did not say which containers run")
    yield from dependent(running, inquiry)


def dependent(running: Sequence[Mapping[str, Any]], inquiry: Inquiry) -> Iterator[str]:
    """Yield the running containers that use what is touched, or the network of one that does. Pure."""
    using = {str(each.get("Id")) for each in running if any(_depends(each, one) for one in inquiry.touched)}
    for container in running:
        if str(container.get("Id")) in using or _shared_with(container) in using:
            yield f"the container {_name(container)} ({container.get('Image', 'image not known')}) is running"


def _depends(container: Mapping[str, Any], touched: Touched) -> bool:
    if touched.resource not in {Resource.CONTAINER, Resource.NETWORK} or not touched.names:
        return True  # which of them is not said
    networks: Mapping[str, Any] = (container.get("NetworkSettings") or {}).get("Networks") or {}
    ids = [str((each or {}).get("NetworkID", "")) for each in networks.values()]
    known = {*networks, *(str(each).lstrip("/") for each in container.get("Names") or [])}
    return any(
        name in known or any(each.startswith(name) for each in (str(container.get("Id", "")), *ids) if each)
        for name in touched.names
        if name
    )


def _shared_with(container: Mapping[str, Any]) -> str:
    """Return the container whose network this one uses, empty where it has its own."""
    mode = str((container.get("HostConfig") or {}).get("NetworkMode", ""))
    return mode.removeprefix("container:") if mode.startswith("container:") else ""


def _name(container: Mapping[str, Any]) -> str:
    names = container.get("Names") or [str(container.get("Id", ""))[:12]]
    return str(names[0]).lstrip("/")


def _installed() -> Iterator[Source]:
    from importlib.metadata import entry_points  # noqa: PLC0415  (takes long to import, and most repairs need none)

    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda each: each.name):
        try:
            source: Source = point.load()
        except (ImportError, AttributeError) as error:
            raise ImpactUnknownError(f"{point.name} could not be asked: {error}") from error
        yield source


def _shortened(lines: Sequence[str]) -> tuple[str, ...]:
    if len(lines) <= _MOST_LINES:
        return tuple(lines)
    return (*lines[:_MOST_LINES], f"and {len(lines) - _MOST_LINES} more")
