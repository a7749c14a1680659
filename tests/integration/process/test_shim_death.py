"""The supervisor itself is killed: how its attempt ended cannot be known, and nothing of it may go on."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from container_manager.executors.base import Exited, Lost
from tests.integration.process.conftest import INSTALLATION, Machine, sh

TREE = "trap '' TERM HUP; (trap '' TERM HUP; sleep 300; true) & echo ready; sleep 300; true"


@pytest.mark.parametrize("cgroups", [pytest.param(True, marks=pytest.mark.cgroup), False])
async def test_an_attempt_whose_shim_was_killed_is_lost_and_nothing_of_it_runs(machine: Machine, cgroups: bool):
    handle = await machine.launch(sh(TREE), executor=machine.new_executor(cgroups=cgroups))
    await machine.until_output(handle, b"ready")
    machine.kill_shim(handle)
    lost = await machine.until_over(handle)
    assert isinstance(lost, Lost)
    assert "ended without recording an outcome" in lost.detail
    assert machine.processes(handle) == []
    [found] = await machine.executor.adopt(INSTALLATION)
    assert (found.handle, found.observation) == (handle, lost)  # so that nobody forgets to remove what is left
    await machine.executor.remove(handle)
    assert list(await machine.executor.adopt(INSTALLATION)) == []


@pytest.mark.cgroup
async def test_with_control_groups_also_what_left_the_session_is_ended(machine: Machine):
    handle = await machine.launch(sh("setsid sleep 300 & echo ready; sleep 300"))
    await machine.until_output(handle, b"ready")
    machine.kill_shim(handle)
    assert isinstance(await machine.until_over(handle), Lost)
    assert machine.processes(handle) == []


async def test_output_written_before_the_shim_was_killed_is_kept(machine: Machine):
    handle = await machine.launch(sh("echo ready; sleep 300"))
    await machine.until_output(handle, b"ready")
    machine.kill_shim(handle)
    await machine.until_over(handle)
    assert await machine.output(handle) == b"ready\n"


async def test_launching_a_lost_attempt_again_does_not_run_it_twice(machine: Machine):
    key, spec = machine.new_key(), sh("echo ready; sleep 300")
    handle = await machine.executor.launch(key, spec)
    await machine.until_output(handle, b"ready")
    machine.kill_shim(handle)
    await machine.until_over(handle)
    assert await machine.executor.launch(key, spec) == handle
    assert isinstance(await machine.executor.outcome(handle), Lost)
    await machine.executor.remove(handle)
    assert list(machine.root.iterdir()) == []


async def test_a_process_that_was_given_the_number_again_is_left_alone(machine: Machine):
    handle = await machine.launch(sh("echo ready; sleep 300"), executor=machine.new_executor(cgroups=False))
    await machine.until_output(handle, b"ready")
    machine.kill_shim(handle)
    assert isinstance(await machine.until_over(handle), Lost)
    bystander = await asyncio.create_subprocess_exec("sleep", "300", start_new_session=True)
    try:
        _rewrite(machine.root / handle / "started", pid=bystander.pid, shim_pid=bystander.pid)
        await machine.executor.stop(handle, grace_seconds=0)
        assert isinstance(await machine.executor.outcome(handle), Lost)
        assert bystander.returncode is None
    finally:
        bystander.kill()
        await bystander.wait()


async def test_a_shim_that_does_not_answer_is_ended_with_its_attempt(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("container_manager.executors.process.executor.STOP_PATIENCE_SECONDS", 0.5)
    handle = await machine.launch(sh("echo ready; sleep 300"))
    await machine.until_output(handle, b"ready")
    os.kill(int(machine.record(handle, "started")["shim_pid"]), signal.SIGSTOP)
    try:
        await machine.executor.stop(handle, grace_seconds=0)
    finally:
        machine.kill_shim(handle)
    assert isinstance(await machine.executor.outcome(handle), Lost)
    assert machine.processes(handle) == []


async def test_a_shutdown_of_the_machine_is_recorded_as_the_programs_end(machine: Machine):
    handle = await machine.launch(sh("trap 'exit 7' TERM; echo ready; sleep 300 & wait"))
    await machine.until_output(handle, b"ready")
    os.kill(int(machine.record(handle, "started")["shim_pid"]), signal.SIGTERM)
    exited = await machine.until_over(handle)
    assert isinstance(exited, Exited)
    assert exited.exit_code == 7


async def test_watching_tells_of_the_end_of_a_lost_attempt(machine: Machine):
    handle = await machine.launch(sh("echo ready; sleep 300"))
    await machine.until_output(handle, b"ready")
    kinds = []
    async with asyncio.timeout(60):
        async for hint in machine.executor.watch(INSTALLATION):
            kinds.append(hint.kind)
            if hint.kind == "started":
                machine.kill_shim(handle)
            if hint.kind == "ended":
                break
    assert kinds == ["started", "ended"]


def _rewrite(record: Path, **values: int) -> None:
    lines = dict(line.split("=", 1) for line in record.read_text().splitlines() if "=" in line)
    record.write_text("".join(f"{key}={value}\n" for key, value in (lines | values).items()))
