"""A repair of real containers and networks: what depends on it is asked, and its way back leads back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from sickbay.repair.examining import Ending
from sickbay.repair.impact import ImpactUnknownError, Inquiry, impact_of, running_containers
from sickbay.repair.touching import Touched
from sickbay.safety.effects import Reach, Resource, Verb
from tests import engine
from tests.integration.repair.world import World, written_world
from tests.unit.sickbay.repair.written import written

SOCKET = Path("/var/run/docker.sock")
CAUSE = "container-alone"

_GUIDE_PARTS = {
    "{NAME}": "$CONTAINER",
    "inputs:\n": "inputs:\n  CONTAINER: {pattern: '[a-z][a-z0-9-]*'}\n  NETWORK: {pattern: '[a-z][a-z0-9-]*'}\n",
    "```sh probe=conf timeout=5\ntest -f app.conf\n```": (
        "```sh probe=conf timeout=20\ndocker inspect --format '{{json .NetworkSettings.Networks}}' $CONTAINER\n```"
    ),
    "conf-there:\n  when: exit_code == 0\n  unless: exit_code == 1\n": (
        "conf-there:\n  when: exit_code == 0 and output ~ 'sickbay-repair-net'\n"
        "  unless: exit_code == 0 and not output ~ 'sickbay-repair-net'\n"
    ),
    "cause=conf-missing": f"cause={CAUSE}",
    "repair: []": "repair: [make-network, connect]",
}

_STEPS = """\
```sh step=make-network effect=reversible
docker network create $NETWORK
```

```sh undo=make-network
docker network rm $NETWORK
```

```sh step=connect effect=reversible
docker network connect $NETWORK $CONTAINER
```

```sh undo=connect
docker network disconnect $NETWORK $CONTAINER
```

## Verification
"""


def _guide(proof: str) -> str:
    text = written(verify=proof, expect="1")
    for old, new in _GUIDE_PARTS.items():
        text = text.replace(old, new)
    return text.replace("## Verification\n", _STEPS, 1).replace("match=exact\n1", "match=regex\nsickbay-repair-net")


@pytest.fixture
def names() -> Iterator[dict[str, str]]:
    """A running container and a name for a network; both are gone afterwards."""
    engine.require_engine()
    token = secrets.token_hex(4)
    found = {"CONTAINER": f"sickbay-repair-{token}", "NETWORK": f"sickbay-repair-net-{token}"}
    client = engine.oracle()
    container = client.containers.run(
        engine.test_image(), ["/bin/sleep", "300"], name=found["CONTAINER"], detach=True, network_mode="bridge"
    )
    yield found
    container.remove(force=True)
    for network in client.networks.list(names=[found["NETWORK"]]):
        network.remove()


def _world(root: Path, names: dict[str, str], proof: str) -> World:
    world = written_world(root, _guide(proof), CAUSE)
    world.values = names
    return world


def _networks(names: dict[str, str]) -> set[str]:
    container = engine.oracle().containers.get(names["CONTAINER"])
    return set(container.attrs["NetworkSettings"]["Networks"])


INSPECT = "docker inspect --format '{{json .NetworkSettings.Networks}}' $CONTAINER"


@pytest.mark.docker
def test_a_container_is_connected_and_disconnected_again(tmp_path: Path, names: dict[str, str]) -> None:
    world = _world(tmp_path, names, INSPECT)
    impacts = []
    finished = world.repair(before=lambda offer: impacts.append(offer.plan.impact))

    assert finished.ending is Ending.REPAIRED, finished
    assert impacts == [(f"the container {names['CONTAINER']} ({engine.test_image()}) is running",)]
    assert _networks(names) == {"bridge", names["NETWORK"]}

    assert world.take_back("s1").ending is Ending.TAKEN_BACK
    assert _networks(names) == {"bridge"}
    assert engine.oracle().networks.list(names=[names["NETWORK"]]) == []


@pytest.mark.docker
def test_what_does_not_prove_well_is_taken_back(tmp_path: Path, names: dict[str, str]) -> None:
    world = _world(tmp_path, names, "docker inspect --format '{{.State.Status}}' $CONTAINER")

    finished = world.repair()

    assert (finished.ending, finished.way_back.taken_back) == (Ending.ROLLED_BACK, ("connect", "make-network"))
    assert _networks(names) == {"bridge"}
    assert engine.oracle().networks.list(names=[names["NETWORK"]]) == []


def _of_the_engine() -> Touched:
    return Touched(verb=Verb.RESTART, resource=Resource.SERVICE, reach=Reach.ONE_HOST, names=("docker",))


def test_an_engine_that_does_not_answer_leaves_the_impact_unknown(tmp_path: Path) -> None:
    broken = tmp_path / "docker.sock"
    broken.touch()
    with pytest.raises(ImpactUnknownError, match="cannot be asked"):
        list(running_containers(Inquiry(host="h", touched=(_of_the_engine(),)), broken))


def test_an_engine_elsewhere_leaves_the_impact_unknown() -> None:
    found = impact_of([_of_the_engine()], engine=None)
    assert (found.lines, "not on this machine" in found.why) == (None, True)


def test_without_an_engine_no_container_runs(tmp_path: Path) -> None:
    inquiry = Inquiry(host="h", touched=(_of_the_engine(),))
    assert list(running_containers(inquiry, tmp_path / "no.sock")) == []
