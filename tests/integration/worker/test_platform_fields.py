"""What jobs ask of their host, on its whole way: made, run by a worker on the real engine, and shown."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import engine
from tests.acceptance.docker_scratch import DockerScratch

pytestmark = pytest.mark.docker

HOST = {"name": "engine", "executor_type": "docker"}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[DockerScratch]:
    place = DockerScratch(tmp_path)
    yield place
    place.close()


def shown(place: DockerScratch, job: int) -> dict[str, Any]:
    detail: dict[str, Any] = json.loads(place.manage("show_job", str(job), "--json").stdout)
    return detail


def test_what_was_asked_for_holds_inside_and_is_shown(place: DockerScratch) -> None:
    detail = place.run(
        entrypoint=["sh", "-c"],
        command=["ulimit -n; df -k /dev/shm | tail -1 | awk '{print $2}'; grep db /etc/hosts"],
        memory_limit=64,
        shm_size=9,
        ulimits={"nofile": 99},
        extra_hosts={"db": "192.0.2.10"},
        stop_signal="SIGINT",
    )
    assert detail["status"] == "completed", detail
    assert place.log(detail["id"], "stdout").split() == [b"99", b"9216", b"192.0.2.10", b"db"]
    text = place.manage("show_job", str(detail["id"])).stdout.decode()
    for words in ("entrypoint", "ulimits", "nofile=99:99", "9 MB", "db=192.0.2.10", "SIGINT"):
        assert words in text


def test_a_port_of_the_engines_choice_is_shown_while_the_job_runs(place: DockerScratch) -> None:
    network = engine.oracle().networks.create("sickbay-test-shown-ports")
    try:
        [job] = place.make(
            {"image": place.image, "command": ["sleep", "60"], "network": network.name, "ports": ["8000"]}, host=HOST
        )
        worker = place.worker()
        place.wait_until(
            lambda: shown(place, job)["attempts"][-1:] and shown(place, job)["attempts"][-1]["ports"], "ports"
        )
        [port] = shown(place, job)["attempts"][-1]["ports"]
        assert (port["host_ip"], port["container_port"]) == ("127.0.0.1", 8000)
        socket.create_connection((port["host_ip"], port["host_port"]), timeout=10).close()
        assert f"127.0.0.1:{port['host_port']} -> 8000/tcp" in place.manage("show_job", str(job)).stdout.decode()
        assert place.manage("cancel_job", str(job)).returncode == 0
        place.wait_until_cleared(job)
        assert place.end(worker) == 0
    finally:
        engine.remove_all(place.installation)
        network.remove()


def test_a_job_without_a_host_that_its_host_cannot_honor_ends_as_unsupported(place: DockerScratch) -> None:
    [job] = place.make({"image": place.image, "command": ["true"], "network": "none", "gpus": 1}, host=HOST)
    worker = place.worker("--once")
    assert worker.wait(timeout=60) == 0
    [attempt] = shown(place, job)["attempts"]
    assert attempt["failure_reason"] == "unsupported"
    assert "could not select device driver" in attempt["failure_message"]
    assert place.left_over() == []
