"""Whatever is killed, and whenever: the program is started once, or not yet, and never twice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from container_manager.executors.base import AttemptKey, Exited, Lost
from container_manager.runspec.spec import RunSpec
from tests.integration.process.conftest import Machine, sh

_LAUNCHER = """
import asyncio, sys
from container_manager.executors.base import AttemptKey
from container_manager.executors.process.executor import build
from container_manager.executors.registry import HostConfig
from container_manager.runspec.spec import RunSpec

root, installation, job_id, *command = sys.argv[1:]
executor = build(HostConfig(name="here", options={"root": root}))
key = AttemptKey(installation=installation, job_id=int(job_id), number=1)
print("ready", flush=True)
asyncio.run(executor.launch(key, RunSpec(image="x", command=tuple(command))))
"""


@pytest.mark.parametrize("milliseconds", [0, 4, 8, 12, 16, 20, 25, 30, 35, 40, 50, 60])
async def test_a_launch_killed_at_any_moment_and_repeated_starts_one(
    machine: Machine, tmp_path: Path, milliseconds: int
):
    count, key = tmp_path / "count", machine.new_key()
    spec = sh(f"echo started >> {count}; sleep 0.1")
    await _killed_launcher(machine, key, spec, milliseconds)
    handle = await machine.executor.launch(key, spec)
    exited = await machine.until_over(handle)
    assert isinstance(exited, Exited)
    assert exited.exit_code == 0
    assert count.read_text() == "started\n"


@pytest.mark.parametrize("milliseconds", [5, 10, 15, 20, 25, 30, 40])
async def test_a_launcher_and_its_shim_killed_at_any_moment_start_at_most_one(
    machine: Machine, tmp_path: Path, milliseconds: int
):
    count, key = tmp_path / "count", machine.new_key()
    spec = sh(f"echo started >> {count}; sleep 0.2; echo ended >> {count}")
    await _killed_launcher(machine, key, spec, milliseconds)
    _kill_shims(machine.root)
    handle = await machine.executor.launch(key, spec)
    observation = await machine.until_over(handle)
    text = count.read_text() if count.exists() else ""
    if isinstance(observation, Lost):
        assert text in {"", "started\n"}
    else:
        assert text == "started\nended\n"
    assert machine.processes() == []


async def _killed_launcher(machine: Machine, key: AttemptKey, spec: RunSpec, milliseconds: int) -> None:
    command = [sys.executable, "-c", _LAUNCHER, str(machine.root), key.installation, str(key.job_id), *spec.command]
    launcher = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    try:
        assert launcher.stdout is not None
        assert await launcher.stdout.readline() == b"ready\n"
        await asyncio.sleep(milliseconds / 1000)
    finally:
        with contextlib.suppress(ProcessLookupError):
            launcher.kill()
        await launcher.communicate()


def _kill_shims(root: Path) -> None:
    """Kill every shim of this root, also one that has recorded nothing yet: known by the lock it holds open."""
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and any(
                str(fd.readlink()).startswith(str(root)) for fd in (entry / "fd").iterdir()
            ):
                os.kill(int(entry.name), signal.SIGKILL)
        except OSError:
            continue
