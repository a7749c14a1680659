from __future__ import annotations

from typing import Any

import pytest

from sickbay.repair.impact import Inquiry, dependent
from sickbay.repair.touching import Touched
from sickbay.safety.effects import Reach, Resource, Verb


def _container(name: str, *, networks: tuple[str, ...] = ("bridge",), mode: str = "bridge") -> dict[str, Any]:
    return {
        "Id": f"{name[0] * 64}",
        "Names": [f"/{name}"],
        "Image": f"{name}:1",
        "NetworkSettings": {"Networks": {each: {"NetworkID": f"id-of-{each}"} for each in networks}},
        "HostConfig": {"NetworkMode": mode},
    }


RUNNING = [
    _container("web", networks=("front", "back")),
    _container("queue", networks=("back",)),
    _container("side", networks=(), mode=f"container:{'w' * 64}"),
    _container("alone"),
]


def _named(resource: Resource, *names: str) -> list[str]:
    touched = Touched(verb=Verb.CHANGE, resource=resource, reach=Reach.ONE_OBJECT, names=names)
    lines = dependent(RUNNING, Inquiry(host="h", touched=(touched,)))
    return [line.split()[2] for line in lines]


@pytest.mark.parametrize(
    ("resource", "names", "expected"),
    [
        (Resource.NETWORK, ("back",), ["web", "queue", "side"]),
        (Resource.NETWORK, ("id-of-front",), ["web", "side"]),
        (Resource.NETWORK, ("other",), []),
        (Resource.CONTAINER, ("queue",), ["queue"]),
        (Resource.CONTAINER, ("web",), ["web", "side"]),
        (Resource.CONTAINER, ("w" * 12,), ["web", "side"]),
        (Resource.CONTAINER, (), ["web", "queue", "side", "alone"]),
        (Resource.SERVICE, ("docker",), ["web", "queue", "side", "alone"]),
    ],
)
def test_containers_depend_on_what_they_use(resource: Resource, names: tuple[str, ...], expected: list[str]) -> None:
    assert _named(resource, *names) == expected


def test_it_is_said_which_and_what_it_is() -> None:
    touched = Touched(verb=Verb.CHANGE, resource=Resource.CONTAINER, reach=Reach.ONE_OBJECT, names=("queue",))
    [line] = dependent(RUNNING, Inquiry(host="h", touched=(touched,)))
    assert line == "the container queue (queue:1) is running"
