"""Retries, limits on time, and stop signals of whole workers on real containers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.docker_scratch import DockerScratch

pytestmark = pytest.mark.docker

HOST = {"name": "engine", "executor_type": "docker"}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[DockerScratch]:
    place = DockerScratch(tmp_path)
    yield place
    place.close()


def make(place: DockerScratch, script: str, **fields: object) -> int:
    job = {"image": place.image, "network": "none", "command": ["sh", "-c", script], **fields}
    return place.make(job, host=HOST)[0]


def test_a_job_that_was_killed_at_its_memory_limit_succeeds_with_more(place: DockerScratch) -> None:
    job = make(
        place,
        "head -c 60m /dev/zero | tail >/dev/null",
        memory_limit=32,
        retry={"max_attempts": 3, "oom_memory_factor": 8, "backoff_seconds": 0},
    )
    worker = place.worker()
    place.wait_until(lambda: place.status(job) == "completed", "it has succeeded")
    place.wait_until_cleared(job)

    assert place.end(worker) == 0
    first, second = place.attempts_of(job)
    assert (first["failure_reason"], first["memory_limit_mb"]) == ("oom", None)
    assert (second["failure_reason"], second["memory_limit_mb"]) == ("", 256)
    assert place.left_over() == []


def test_a_container_is_asked_by_its_own_signal(place: DockerScratch) -> None:
    script = "trap 'echo asked; exit 7' INT; trap '' TERM; echo begun; while true; do sleep 0.1; done"
    job = make(place, script, stop_signal="SIGINT", stop_grace_seconds=60, timeout_seconds=1)

    assert place.worker("--once").wait(timeout=90) == 0

    [attempt] = place.attempts_of(job)
    assert (place.status(job), attempt["failure_reason"], attempt["exit_code"]) == ("timeout", "timeout", 7)
    assert place.log(job, "stdout") == b"begun\nasked\n"
    assert place.left_over() == []


def test_a_container_that_ignores_its_signal_is_killed_at_its_time_limit(place: DockerScratch) -> None:
    script = "trap '' TERM; echo begun; while true; do sleep 0.1; done"
    job = make(place, script, stop_grace_seconds=0.5, timeout_seconds=1, retry={"max_attempts": 3})

    assert place.worker("--once").wait(timeout=90) == 0

    [attempt] = place.attempts_of(job)
    assert (place.status(job), attempt["failure_reason"], attempt["exit_code"]) == ("timeout", "timeout", 137)
    assert place.left_over() == []


def test_a_job_whose_image_does_not_come_in_time_is_ended(place: DockerScratch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # a registry that accepts, and never says a word
        image = f"127.0.0.1:{silent.getsockname()[1]}/never:1"
        job = make(place, "true", image=image, start_timeout_seconds=1)

        assert place.worker("--once").wait(timeout=90) == 0

    [attempt] = place.attempts_of(job)
    assert (place.status(job), attempt["failure_reason"], attempt["exit_code"]) == ("timeout", "start_timeout", None)
    assert place.left_over() == []
