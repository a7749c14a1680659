"""Published ports and names, on a network of the test's own, looked at from the host and from inside."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator

import pytest

from container_manager.executors.base import AttemptKey, LaunchRefusedError, Running
from container_manager.executors.docker.executor import DockerExecutor
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import Networking, PublishedPort, RunSpec
from tests import engine
from tests.integration.docker.conftest import PATIENCE_SECONDS, output_of, shell

pytestmark = pytest.mark.docker

NewKey = Callable[[], AttemptKey]

#: Answers whoever comes.
SERVES = "while :; do echo here | nc -l -p 8000; done"


@pytest.fixture
def network(installation: str) -> Iterator[str]:
    network = engine.oracle().networks.create(f"sickbay-test-{installation}")
    yield str(network.name)
    engine.remove_all(installation)
    network.remove()


def publishing(network: str, *ports: PublishedPort) -> RunSpec:
    return shell(SERVES, network=network, networking=Networking(ports=ports))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def ports_of(executor: DockerExecutor, key: AttemptKey) -> tuple[PublishedPort, ...]:
    observation = await executor.outcome(key.name)
    assert isinstance(observation, Running)
    return observation.ports


async def heard_at(port: int | None) -> bytes:
    """What the program says to whoever connects; it may still be about to listen."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                heard = await reader.read()
                writer.close()
            except ConnectionError:
                heard = b""
            if heard:
                return heard
            await asyncio.sleep(0.05)


async def test_a_port_of_the_engines_choice_is_told_and_reaches_the_program_on_loopback_only(
    executor: DockerExecutor, new_key: NewKey, network: str
):
    key = new_key()
    await executor.launch(key, publishing(network, PublishedPort(container_port=8000)))
    [port] = await ports_of(executor, key)
    assert (port.container_port, port.protocol, port.host_ip) == (8000, "tcp", "127.0.0.1")
    assert await heard_at(port.host_port) == b"here\n"


async def test_a_port_that_was_asked_for_is_the_one_that_is_published(
    executor: DockerExecutor, new_key: NewKey, network: str
):
    key, wanted = new_key(), PublishedPort(container_port=8000, host_port=free_port())
    await executor.launch(key, publishing(network, wanted))
    assert await ports_of(executor, key) == (wanted,)
    assert await heard_at(wanted.host_port) == b"here\n"


async def test_a_port_that_is_taken_is_refused_with_its_number_and_nothing_is_left(
    executor: DockerExecutor, new_key: NewKey, network: str, installation: str
):
    first, second = new_key(), new_key()
    spec = publishing(network, PublishedPort(container_port=8000, host_port=free_port()))
    await executor.launch(first, spec)
    with pytest.raises(LaunchRefusedError) as refusal:
        await executor.launch(second, spec)
    assert (refusal.value.reason, refusal.value.transient) == (FailureReason.LAUNCH_REFUSED, True)
    assert f"127.0.0.1:{spec.networking.ports[0].host_port}/tcp" in refusal.value.message
    assert [one.name for one in engine.containers_of(installation)] == [first.name]


async def test_a_port_held_by_a_program_of_the_host_is_refused_too(
    executor: DockerExecutor, new_key: NewKey, network: str, installation: str
):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = PublishedPort(container_port=8000, host_port=taken.getsockname()[1])
        with pytest.raises(LaunchRefusedError) as refusal:
            await executor.launch(new_key(), publishing(network, port))
    assert refusal.value.transient
    assert engine.containers_of(installation) == []


async def test_names_are_resolved_as_the_job_says(executor: DockerExecutor, new_key: NewKey):
    networking = Networking(dns=("192.0.2.53",), dns_search=("lan", "example.org"), extra_hosts={"db": "192.0.2.10"})
    # Not on a network of one's own: there the engine puts its own resolver in front.
    script = "cat /etc/resolv.conf /etc/hosts"
    output = await output_of(executor, new_key(), shell(script, network="none", networking=networking))
    assert "nameserver 192.0.2.53" in output
    assert "search lan example.org" in output
    assert "192.0.2.10\tdb" in output
