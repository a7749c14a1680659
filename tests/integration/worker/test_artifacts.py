"""Files into jobs and out of them, by a real worker; whatever they hold, its memory stays flat."""

from __future__ import annotations

import asyncio
import hashlib
import io
import signal
import subprocess
import sys
import tarfile
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from container_manager.worker.artifact_streams import Findings, PieceReader, PulledStream, file_of
from tests import engine
from tests.crash.scratch import PROJECT, Scratch

ON_DOCKER = pytest.mark.docker


def place_on(kind: str, script: str) -> dict[str, object]:
    """A job whose script finds its files in the same places on both."""
    if kind == "docker":
        return {"image": engine.test_image(), "network": "none", "command": ["sh", "-c", f"cd /; {script}"]}
    return {"image": "any", "command": ["sh", "-c", script]}


def artifacts(scratch: Scratch, job: int) -> dict[str, dict[str, object]]:
    rows = scratch.rows("select * from container_manager_artifact where job_id = ?", job)
    return {str(row["name"]): row for row in rows}


def get(scratch: Scratch, job: int, name: str) -> bytes:
    done = scratch.manage("job_artifacts", str(job), "--get", name)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("kind", "fault_point"),
    [
        ("process", "log-complete"),
        ("process", "artifacts"),
        pytest.param("docker", "", marks=ON_DOCKER),
        pytest.param("docker", "artifacts", marks=ON_DOCKER),
    ],
)
def test_what_a_job_leaves_is_stored_once_wherever_its_worker_was_killed(
    scratch: Scratch, kind: str, fault_point: str
) -> None:
    media(scratch).joinpath("stored.txt").write_text("was there before\n")
    script = "mkdir out; cat in/stored.txt > out/a.txt; ln -s /etc/passwd out/out; ln -s a.txt out/in; echo one > one"
    job = place_on(kind, script) | {
        "inputs": [{"path": "/in/stored.txt", "stored": "stored.txt"}],
        "outputs": [
            {"path": "/out", "name": "all"},
            {"path": "/one"},
            {"path": "/none"},
            {"path": "/out/a.txt", "name": "cut", "max_bytes": 3},
        ],
    }
    [job_id] = scratch.make(job, host={"name": "here", "executor_type": kind})
    if fault_point:
        assert scratch.worker(fault_point=fault_point).wait(timeout=60) == -signal.SIGKILL
    worker = scratch.worker()
    scratch.wait_until_cleared(job_id)
    assert scratch.end(worker) == 0

    assert scratch.job(job_id)["status"] == "completed"
    found = artifacts(scratch, job_id)
    assert {name: bool(row["is_complete"]) for name, row in found.items()} == {
        "stored.txt": True,
        "all": False,
        "one": True,
        "none": False,
        "cut": False,
    }
    with tarfile.open(fileobj=io.BytesIO(get(scratch, job_id, "all"))) as tar:
        assert sorted(tar.getnames()) == ["a.txt", "in"]
    assert "left out" in str(found["all"]["problem"])
    assert get(scratch, job_id, "one") == b"one\n"
    assert found["one"]["sha256"] == hashlib.sha256(b"one\n").hexdigest()
    assert "missing" in str(found["none"]["problem"])
    assert get(scratch, job_id, "cut") == b"was"
    assert len(stored_files(scratch)) == 3  # nothing half-stored is left


def test_an_input_that_is_gone_at_the_launch_is_refused_with_its_path(scratch: Scratch) -> None:
    media(scratch).joinpath("stored.txt").write_text("soon gone")
    job = place_on("process", "cat in/x") | {"inputs": [{"path": "/in/x", "stored": "stored.txt"}]}
    [job_id] = scratch.make(job)
    media(scratch).joinpath("stored.txt").unlink()
    worker = scratch.worker()
    scratch.wait_until_cleared(job_id)
    assert scratch.end(worker) == 0
    [attempt] = scratch.attempts_of(job_id)
    assert attempt["failure_reason"] == "launch_refused"
    assert "/in/x cannot be read" in attempt["failure_message"]


def stored_files(scratch: Scratch) -> list[Path]:
    return [path for path in (media(scratch) / "container_jobs").rglob("*") if path.is_file()]


def media(scratch: Scratch) -> Path:
    folder = scratch.folder / "media"
    folder.mkdir(exist_ok=True)
    return folder


MEGABYTE = 1024 * 1024
LARGE = 200 * MEGABYTE


async def large_archive() -> AsyncIterator[bytes]:
    """An archive of a directory with a file of 200 MB, piece by piece."""
    folder, entry = tarfile.TarInfo("out"), tarfile.TarInfo("out/large")
    folder.type, entry.size = tarfile.DIRTYPE, LARGE
    yield folder.tobuf() + entry.tobuf()
    piece = bytes(MEGABYTE)
    for _ in range(LARGE // MEGABYTE):
        yield piece
    yield bytes(1024)


async def test_a_large_output_passes_through_in_flat_memory() -> None:
    loop, findings = asyncio.get_running_loop(), Findings()

    def read_all() -> int:
        reader = PieceReader(file_of(PulledStream(large_archive(), loop), findings, max_bytes=2 * LARGE))
        return sum(len(piece) for piece in iter(lambda: reader.read(64 * 1024), b""))

    tracemalloc.start()
    try:
        size = await asyncio.to_thread(read_all)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > LARGE
    assert peak < 16 * MEGABYTE


_MEASURED = """
import asyncio, io, resource, sys
from tests import engine
from container_manager.executors.base import AttemptKey, Exited, InputFile
from container_manager.executors.docker.executor import build
from container_manager.executors.registry import HostConfig
from container_manager.runspec.spec import RunSpec

class Zeros(io.RawIOBase):
    def __init__(self, left): self.left = left
    def read(self, size=-1):
        size = min(size if size >= 0 else self.left, self.left)
        self.left -= size
        return bytes(size)

async def main(size, installation):
    executor = build(HostConfig(name="here"))
    key = AttemptKey(installation=installation, job_id=1, number=1)
    spec = RunSpec(image=engine.test_image(), network="none", command=("sh", "-c", "mv /in /out"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    handle = await executor.launch(key, spec, [InputFile(path="/in", size=size, open=lambda: Zeros(size))])
    while not isinstance(await executor.outcome(handle), Exited):
        await asyncio.sleep(0.05)
    got = 0
    async for piece in executor.output(handle, "/out"):
        got += len(piece)
    await executor.remove(handle)
    await executor.close()
    print(got >= size, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)

asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
"""


@ON_DOCKER
def test_a_large_file_goes_into_a_container_and_out_of_it_in_flat_memory() -> None:
    engine.require_engine()
    installation = engine.new_installation()
    try:
        command = [sys.executable, "-c", _MEASURED, str(LARGE), installation]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=True)
    finally:
        engine.remove_all(installation)
    whole, grown = done.stdout.split()
    assert whole == "True"
    assert int(grown) < 64 * MEGABYTE
