"""Limits and figures, by control groups where they can be made and by rlimits where not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from container_manager.executors.base import LaunchRefusedError, UsageSource
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import Hardening, Resources, Ulimit
from tests.integration.process.conftest import Machine, python, sh

HOG = "block = bytearray(400 * 1024 * 1024)"


@pytest.mark.cgroup
async def test_a_program_killed_at_its_memory_limit_is_told_as_such(machine: Machine):
    exited, _ = await machine.run(python(HOG, memory_limit_mb=64))
    assert (exited.exit_code, exited.signal, exited.oom_killed) == (137, 9, True)
    assert exited.usage.oom_kills == 1
    assert exited.usage.peak_memory_bytes == 64 * 1024 * 1024
    assert exited.usage.source is UsageSource.EXACT


@pytest.mark.cgroup
async def test_a_child_killed_at_the_limit_is_told_also_where_the_program_ends_well(machine: Machine):
    exited, output = await machine.run(sh(f"python3 -c '{HOG}'; echo child $?; exit 0", memory_limit_mb=64))
    assert (exited.exit_code, exited.oom_killed, output) == (0, True, b"child 137\n")


@pytest.mark.cgroup
async def test_the_peak_is_exact_and_counts_all_processes_together(machine: Machine):
    both = (
        "import os; read, write = os.pipe(); child = os.fork(); block = bytearray(40 * 1024 * 1024); "
        "child and os.write(write, b'.'); os.wait() if child else os.read(read, 1)"
    )
    exited, _ = await machine.run(python(both))
    assert exited.usage.peak_memory_bytes is not None
    assert exited.usage.peak_memory_bytes > 80 * 1024 * 1024
    assert not exited.oom_killed


@pytest.mark.cgroup
async def test_the_cpu_limit_is_a_share_of_the_time(machine: Machine):
    busy = "import time; end = time.monotonic() + 1\nwhile time.monotonic() < end: pass"
    exited, _ = await machine.run(python(busy, cpu_limit=0.2))
    assert exited.usage.cpu_seconds is not None
    assert exited.usage.cpu_seconds < 0.6


@pytest.mark.cgroup
async def test_no_more_processes_than_allowed_can_be_made(machine: Machine):
    script = (
        "import os\ntry:\n    while os.fork(): pass\nexcept BlockingIOError: os._exit(11)\nimport time; time.sleep(300)"
    )
    exited, _ = await machine.run(replace(python(script), hardening=Hardening(pids_limit=8)))
    assert exited.exit_code == 11


async def test_without_control_groups_memory_is_limited_per_process_and_nobody_is_killed(machine: Machine):
    exited, _ = await machine.run(python(HOG, memory_limit_mb=128), executor=machine.new_executor(cgroups=False))
    assert (exited.exit_code, exited.oom_killed) == (1, False)


async def test_without_control_groups_the_figures_are_those_of_the_largest_process(machine: Machine):
    program = python("block = bytearray(100 * 1024 * 1024)")
    exited, _ = await machine.run(program, executor=machine.new_executor(cgroups=False))
    assert exited.usage.source is UsageSource.SAMPLED
    assert exited.usage.oom_kills is None
    assert exited.usage.peak_memory_bytes is not None
    assert exited.usage.peak_memory_bytes > 100 * 1024 * 1024


@pytest.mark.parametrize("fields", [{"cpu_limit": 1.0}, {"hardening": Hardening(pids_limit=8)}])
async def test_without_control_groups_other_limits_are_refused(machine: Machine, fields: dict[str, object]):
    with pytest.raises(LaunchRefusedError) as refusal:
        await machine.launch(sh("true", **fields), executor=machine.new_executor(cgroups=False))
    assert refusal.value.reason is FailureReason.UNSUPPORTED
    assert machine.handles() == []


@pytest.mark.cgroup
async def test_a_refused_start_leaves_no_groups(machine: Machine):
    key = machine.new_key()
    with pytest.raises(LaunchRefusedError):
        await machine.executor.launch(key, replace(sh("true", memory_limit_mb=64), command=("no-such-command",)))
    assert machine.groups(key.name) == []


async def test_ulimits_hold_for_the_program(machine: Machine):
    limits = (Ulimit(name="core", soft=0, hard=0), Ulimit(name="nofile", soft=64, hard=99))
    spec = replace(sh("ulimit -Sn; ulimit -Hn; ulimit -c"), resources=Resources(ulimits=limits))
    _, output = await machine.run(spec)
    assert output.split() == [b"64", b"99", b"0"]


async def test_the_entrypoint_is_started_before_the_command(machine: Machine):
    _, output = await machine.run(replace(sh("echo $WHO"), entrypoint=("env", "WHO=entry")))
    assert output == b"entry\n"
