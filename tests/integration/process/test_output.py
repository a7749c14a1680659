"""Output: every byte, apart, in order, resumable, also much of it, also where the disk is full."""

from __future__ import annotations

import hashlib
import resource
import subprocess
from collections.abc import Iterator

import pytest

from container_manager.executors.base import Exited, LogCursor, Stream
from tests.integration.process.conftest import Machine, python, sh

FIFTY_MEGABYTES = """
import hashlib, os, random, sys
digest, piece = hashlib.sha256(), random.Random(7).randbytes(1 << 20)
for number in range(50):
    block = bytes([number]) + piece
    digest.update(block)
    sys.stdout.buffer.write(block)
sys.stderr.write(digest.hexdigest())
"""


async def test_fifty_megabytes_arrive_whole_and_are_never_held_at_once(machine: Machine):
    handle = await machine.launch(python(FIFTY_MEGABYTES))
    await machine.until_over(handle)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    digest, size, told = hashlib.sha256(), 0, b""
    async for frame in machine.executor.logs(handle, cursor=LogCursor(), follow=False):
        if frame.stream is Stream.STDOUT:
            digest.update(frame.data)
            size += len(frame.data)
        else:
            told += frame.data
    assert size == 50 * ((1 << 20) + 1)
    assert digest.hexdigest().encode() == told
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024


async def test_binary_output_is_kept_byte_for_byte(machine: Machine):
    _, output = await machine.run(python("import os; os.write(1, bytes(range(256)) * 3 + b'\\xc3')"))
    assert output == bytes(range(256)) * 3 + b"\xc3"


async def test_reading_resumes_exactly_at_every_frame_also_by_another_executor(machine: Machine):
    script = "for i in 1 2 3 4 5 6; do echo out $i; echo err $i >&2; sleep 0.02; done"
    handle = await machine.launch(sh(script))
    await machine.until_over(handle)
    frames = await machine.frames(handle)
    assert len(frames) >= 4
    for position, frame in enumerate(frames):
        assert await machine.frames(handle, frame.cursor) == frames[position + 1 :]
        fresh = machine.new_executor()
        rest = [later async for later in fresh.logs(handle, cursor=frame.cursor, follow=False)]
        assert rest == frames[position + 1 :]


async def test_a_cursor_of_one_stream_skips_nothing_of_the_other(machine: Machine):
    handle = await machine.launch(sh("echo out; sleep 0.05; echo err >&2; sleep 0.05; echo more"))
    await machine.until_over(handle)
    frames = await machine.frames(handle)
    cursor = LogCursor(stdout=frames[-1].cursor.stdout)
    assert b"".join(frame.data for frame in await machine.frames(handle, cursor)) == b"err\n"


async def test_frames_are_in_the_order_of_their_times(machine: Machine):
    handle = await machine.launch(sh("for i in 1 2 3; do echo $i; sleep 0.02; echo $i >&2; sleep 0.02; done"))
    await machine.until_over(handle)
    frames = await machine.frames(handle)
    assert [frame.data for frame in frames] == [b"1\n", b"1\n", b"2\n", b"2\n", b"3\n", b"3\n"]
    assert [frame.stream.value for frame in frames] == ["stdout", "stderr"] * 3
    assert [frame.written_at for frame in frames] == sorted(frame.written_at for frame in frames)


@pytest.fixture
def small_disk(machine: Machine) -> Iterator[None]:
    machine.root.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(machine.root)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(machine.root)], check=True)


@pytest.mark.root
@pytest.mark.usefixtures("small_disk")
async def test_a_full_disk_loses_output_and_says_so_but_never_the_outcome(machine: Machine):
    exited, output = await machine.run(sh("head -c 3000000 /dev/zero; exit 6"))
    assert isinstance(exited, Exited)
    assert exited.exit_code == 6
    assert set(output) == {0}
    assert 0 < len(output) < 1024 * 1024
    [handle] = machine.handles()
    assert int(machine.record(handle, "outcome")["dropped_bytes"]) == 3_000_000 - len(output)
