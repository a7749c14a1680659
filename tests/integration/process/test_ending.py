"""How attempts end: alone, with what they started, and by our hand."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from container_manager.executors.base import Exited
from tests.integration.process.conftest import Machine, python, sh

FORK_TREE = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for depth in range(4):
    os.fork()
    if depth % 2:
        try:
            os.setsid()
        except PermissionError:
            pass
os.write(1, b"x")
time.sleep(300)
"""


@pytest.mark.parametrize("cgroups", [pytest.param(True, marks=pytest.mark.cgroup), False])
async def test_stopping_ends_a_tree_that_ignores_sigterm_and_spreads_over_sessions(machine: Machine, cgroups: bool):
    handle = await machine.launch(python(FORK_TREE), executor=machine.new_executor(cgroups=cgroups))
    await machine.until_output(handle, b"x" * 16)
    assert len(machine.processes(handle)) == 16
    await machine.executor.stop(handle, grace_seconds=0.2)
    exited = await machine.executor.outcome(handle)
    assert isinstance(exited, Exited)
    assert (exited.exit_code, exited.signal) == (137, 9)
    assert machine.processes(handle) == []


@pytest.mark.parametrize("cgroups", [pytest.param(True, marks=pytest.mark.cgroup), False])
async def test_a_grandchild_that_keeps_the_output_open_does_not_keep_the_attempt_alive(machine: Machine, cgroups: bool):
    script = "echo before; (setsid sleep 300 &) ; sleep 300 & exit 5"
    handle = await machine.launch(sh(script), executor=machine.new_executor(cgroups=cgroups))
    exited = await machine.until_over(handle)
    assert isinstance(exited, Exited)
    assert exited.exit_code == 5
    assert await machine.output(handle) == b"before\n"
    assert machine.processes(handle) == []


async def test_orphans_that_end_while_the_program_runs_are_not_taken_for_it(machine: Machine):
    exited, output = await machine.run(sh("(sleep 0.1 &); (exit 9 &); sleep 0.4; echo done; exit 3"))
    assert (exited.exit_code, output) == (3, b"done\n")


async def test_a_code_that_looks_like_a_signal_is_not_one(machine: Machine):
    exited, _ = await machine.run(sh("exit 137"))
    assert (exited.exit_code, exited.signal, exited.oom_killed) == (137, None, False)


async def test_a_signal_is_told_with_its_number(machine: Machine):
    exited, _ = await machine.run(sh("kill -SEGV $$"))
    assert (exited.exit_code, exited.signal) == (139, 11)


@pytest.fixture
def quit_ignored() -> Iterator[None]:
    """As it is for what a shell starts in the background."""
    before = signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGQUIT, before)


async def test_the_program_gets_signals_in_their_default_state(machine: Machine, quit_ignored: None):
    _, output = await machine.run(
        python("import re; print(*re.findall('Sig(?:Blk|Ign):.(.*)', open('/proc/self/status').read()))")
    )
    blocked, ignored = (int(mask, 16) for mask in output.split())
    # Signals 32 and 33 are the C library's own: no program can change them, so they are as this machine hands them on.
    reserved = 1 << 31 | 1 << 32
    # Python itself ignores two: SIGPIPE (13) and SIGXFSZ (25).
    assert (blocked & ~reserved, ignored & ~reserved) == (0, 1 << 12 | 1 << 24)


async def test_removing_leaves_neither_files_nor_groups_nor_read_only_folders(machine: Machine):
    handle = await machine.launch(sh("mkdir -p a/b; touch a/b/c; ln -s /etc a/link; chmod 500 a/b a; exit 0"))
    await machine.until_over(handle)
    await machine.executor.remove(handle)
    assert list(machine.root.iterdir()) == []
    assert machine.groups(handle) == []
