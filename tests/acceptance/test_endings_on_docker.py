"""Jobs that end in ways that are hard to tell: each gets the right status, the right log, the right diagnosis."""

from __future__ import annotations

from typing import Any

import pytest

from example.demo.registry import empty_registry
from tests.acceptance.docker_scratch import DockerScratch

pytestmark = pytest.mark.docker


def cause_of(job: dict[str, Any]) -> str:
    return str(job["attempts"][-1]["diagnosis"]["cause"])


def test_a_job_whose_child_is_killed_for_memory_is_told_so_though_its_main_process_went_on(
    engine: DockerScratch,
) -> None:
    eats = "dd if=/dev/zero of=/dev/null bs=100M count=1; echo went on; exit 0"

    job = engine.run(command=["sh", "-c", eats], memory_limit=16)

    attempt = job["attempts"][-1]
    assert (job["status"], attempt["exit_code"], attempt["oom_killed"]) == ("completed", 0, True)
    assert attempt["usage_source"] == "exact"
    assert 15 <= attempt["peak_memory_mb"] <= 17  # the limit, and what the kernel charges to the group itself
    assert cause_of(job) == "container-oom-killed"
    assert engine.log(job["id"], "stdout") == b"went on\n"
    assert engine.left_over() == []


def test_a_job_whose_child_is_killed_for_memory_and_that_fails_for_it_is_told_the_first_cause(
    engine: DockerScratch,
) -> None:
    eats = "dd if=/dev/zero of=/dev/null bs=100M count=1 || { echo 'no result' >&2; exit 3; }"

    job = engine.run(command=["sh", "-c", eats], memory_limit=16)

    assert (job["status"], job["attempts"][-1]["exit_code"]) == ("failed", 3)
    assert cause_of(job) == "container-oom-killed"


def test_a_job_with_50_mb_of_output_keeps_its_head_and_tail_and_counts_the_gap(engine: DockerScratch) -> None:
    size = 50 * 1024 * 1024
    line = "0123456789abcde" * 4 + "xyz"
    floods = f"echo first; yes {line} | head -c {size}; echo last; exit 4"

    job = engine.run(command=["sh", "-c", floods])

    stored = engine.log(job["id"], "stdout")
    attempt = job["attempts"][-1]
    assert (job["status"], attempt["exit_code"]) == ("failed", 4)
    assert attempt["stdout_bytes"] == size + len("first\nlast\n")
    assert stored.startswith(f"first\n{line}\n".encode())
    assert stored.endswith(f"{line}\nlast\n".encode())
    assert len(stored) <= 16 * 1024 * 1024
    assert cause_of(job) == "application-error-exit"
    shown = engine.manage("job_logs", str(job["id"])).stdout
    assert f"{attempt['stdout_bytes'] - len(stored)} bytes".encode() in shown.replace(b",", b"")
    assert engine.left_over() == []


def test_a_job_with_binary_output_keeps_every_byte(engine: DockerScratch) -> None:
    every_byte = "".join(f"\\{value:03o}" for value in range(256))

    job = engine.run(command=["sh", "-c", f"printf '{every_byte}'; printf '{every_byte}' >&2; exit 5"])

    assert (job["status"], job["attempts"][-1]["exit_code"]) == ("failed", 5)
    assert engine.log(job["id"], "stdout") == bytes(range(256))
    assert engine.log(job["id"], "stderr") == bytes(range(256))
    assert engine.manage("job_logs", str(job["id"]), "--stream", "stdout").stdout == bytes(range(256))
    assert cause_of(job) == "application-error-exit"


def test_a_job_whose_image_is_missing_names_the_image(engine: DockerScratch) -> None:
    with empty_registry() as registry:
        job = engine.run(image=f"{registry}/reports:2025", command=["true"])

    assert (job["status"], job["attempts"][-1]["failure_reason"]) == ("failed", "image")
    assert cause_of(job) == "image-tag-not-found"
    assert engine.left_over() == []


def test_a_healthy_job_gets_no_diagnosis(engine: DockerScratch) -> None:
    job = engine.run(command=["sh", "-c", "echo 'error: none, all 12 retries succeeded'"])

    assert (job["status"], job["attempts"][-1]["diagnosis"]) == ("completed", None)
    assert engine.left_over() == []


def test_a_declared_secret_is_in_no_log_and_no_diagnosis(engine: DockerScratch) -> None:
    tells = (
        'echo "token is $TOKEN"; echo "Traceback (most recent call last):" >&2; echo "ValueError: $TOKEN" >&2; exit 1'
    )

    job = engine.run(command=["sh", "-c", tells], environment={"TOKEN": "s3cr3t-canary-value"}, secret_names=["TOKEN"])

    everything = str(job).encode() + engine.log(job["id"], "stdout") + engine.log(job["id"], "stderr")
    assert job["status"] == "failed"
    assert b"s3cr3t-canary-value" not in everything
    assert b"token is [secret:TOKEN]" in engine.log(job["id"], "stdout")


def test_a_declared_secret_is_not_in_what_the_engine_says_of_a_refused_start(engine: DockerScratch) -> None:
    mount = {"kind": "bind", "source": "/srv/s3cr3t-canary-value/in", "target": "/in"}

    job = engine.run(
        command=["true"], mounts=[mount], environment={"TOKEN": "s3cr3t-canary-value"}, secret_names=["TOKEN"]
    )

    stored = engine.rows("select failure_message as text from container_manager_attempt")
    stored += engine.rows("select message as text from container_manager_jobevent")
    assert job["status"] == "failed"
    assert cause_of(job) == "bind-mount-source-missing"
    assert "/srv/[secret:TOKEN]/in" in stored[0]["text"]
    assert not any("s3cr3t-canary-value" in row["text"] for row in stored)
