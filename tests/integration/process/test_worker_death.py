"""A worker is killed; what it started is not."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from container_manager.executors.base import Exited, Running, Stream
from tests.integration.process.conftest import INSTALLATION, Machine, sh

_WORKER = """
import asyncio, sys, time
from container_manager.executors.base import AttemptKey
from container_manager.executors.process.executor import build
from container_manager.executors.registry import HostConfig
from container_manager.runspec.spec import RunSpec

SCRIPT = '''
import os, sys, time
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
sys.stdout.buffer.write(bytes(range(256)) * 1000)
sys.stderr.write("number %s" % sys.argv[2])
sys.stdout.flush()
sys.exit(int(sys.argv[2]))
'''

async def main():
    executor = build(HostConfig(name="here", options={"root": sys.argv[1]}))
    for number in range(1, 5):
        spec = RunSpec(image="x", command=("python3", "-c", SCRIPT, sys.argv[2], str(number)))
        await executor.launch(AttemptKey(installation=sys.argv[3], job_id=number, number=1), spec)
    print("launched", flush=True)
    time.sleep(600)

asyncio.run(main())
"""


async def test_a_killed_workers_attempts_go_on_and_the_next_finds_codes_and_bytes(machine: Machine, tmp_path: Path):
    gate = tmp_path / "gate"
    await _killed_worker(machine, gate)
    found = await machine.executor.adopt(INSTALLATION)
    assert [one.key.job_id for one in found] == [1, 2, 3, 4]
    assert all(isinstance(one.observation, Running) for one in found)
    gate.touch()
    for one in found:
        exited = await machine.until_over(one.handle)
        assert isinstance(exited, Exited)
        assert exited.exit_code == one.key.job_id
        assert await machine.output(one.handle) == bytes(range(256)) * 1000
        assert await machine.output(one.handle, Stream.STDERR) == f"number {one.key.job_id}".encode()


async def test_a_worker_can_stop_what_a_killed_one_started(machine: Machine, tmp_path: Path):
    await _killed_worker(machine, tmp_path / "gate")
    for one in await machine.executor.adopt(INSTALLATION):
        await machine.executor.stop(one.handle, grace_seconds=10)
        exited = await machine.executor.outcome(one.handle)
        assert isinstance(exited, Exited)
        assert (exited.exit_code, exited.signal) == (143, 15)
    assert machine.processes() == []


async def _killed_worker(machine: Machine, gate: Path) -> None:
    """Let a worker launch four attempts that wait for the gate, and kill it with its whole process group."""
    command = [sys.executable, "-c", _WORKER, str(machine.root), str(gate), INSTALLATION]
    worker = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert worker.stdout is not None
        assert await worker.stdout.readline() == b"launched\n"
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        await worker.communicate()


async def test_a_removal_that_was_cut_short_is_finished_by_whoever_looks_next(machine: Machine):
    handle = await machine.launch(sh("true"))
    await machine.until_over(handle)
    (machine.root / handle).rename(machine.root / f".gone-{handle}-0123abcd")  # as far as the killed worker had come

    await machine.executor.remove(handle)
    assert await machine.executor.adopt(INSTALLATION) == []

    assert machine.handles() == []
