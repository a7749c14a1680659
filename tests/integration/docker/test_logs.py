"""Logs of a real engine, byte for byte."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence

import pytest

from container_manager.executors.base import AttemptKey, Exited, Handle, LogCursor, LogFrame, Stream
from container_manager.executors.docker.executor import DockerExecutor
from tests import engine
from tests.integration.docker.conftest import shell, until_over

pytestmark = pytest.mark.docker

NewKey = Callable[[], AttemptKey]


async def output_of(executor: DockerExecutor, key: AttemptKey, script: str) -> tuple[Handle, list[LogFrame]]:
    handle = await executor.launch(key, shell(script))
    await until_over(executor, handle)
    return handle, await frames_of(executor, handle)


async def frames_of(
    executor: DockerExecutor, handle: Handle, cursor: LogCursor | None = None, *, follow: bool = False
) -> list[LogFrame]:
    return [frame async for frame in executor.logs(handle, cursor=cursor or LogCursor(), follow=follow)]


def data_of(frames: Sequence[LogFrame], stream: Stream = Stream.STDOUT) -> bytes:
    return b"".join(frame.data for frame in frames if frame.stream is stream)


#: Lines at, below and beyond the size at which the engine cuts, empty ones, NULs, a cut character, both streams.
TRICKY = r"""
x() { head -c $1 /dev/zero | tr '\0' x; }
x 16383; echo; x 16384; echo; x 16385; echo; printf 'short\n' >&2; x 32768; echo; echo; echo
printf 'a\0b\377\n'; x 16383; printf '\303\274\n'; x 40000 >&2; echo >&2; echo end >&2
i=0; while [ $i -lt 50 ]; do echo $i; echo e$i >&2; i=$((i+1)); done; printf 'no newline'
"""


def tricky_stdout() -> bytes:
    sizes = (16383, 16384, 16385, 32768)
    lines = b"".join(b"x" * size + b"\n" for size in sizes) + b"\n\na\0b\xff\n" + b"x" * 16383 + b"\xc3\xbc\n"
    return lines + b"".join(b"%d\n" % number for number in range(50)) + b"no newline"


def tricky_stderr() -> bytes:
    return b"short\n" + b"x" * 40000 + b"\nend\n" + b"".join(b"e%d\n" % number for number in range(50))


async def test_lines_around_the_size_at_which_the_engine_cuts_come_whole(executor: DockerExecutor, new_key: NewKey):
    _, frames = await output_of(executor, new_key(), TRICKY)
    assert data_of(frames) == tricky_stdout()
    assert data_of(frames, Stream.STDERR) == tricky_stderr()


@pytest.mark.parametrize("follow", [False, True])
async def test_resuming_from_every_cursor_of_a_real_log_yields_exactly_the_rest(
    executor: DockerExecutor, new_key: NewKey, follow: bool
):
    handle, frames = await output_of(executor, new_key(), TRICKY)
    for position, frame in enumerate(frames):
        rest = await frames_of(executor, handle, frame.cursor, follow=follow)
        for stream in Stream:
            assert data_of(rest, stream) == data_of(frames[position + 1 :], stream), f"behind frame {position}"


LINE = b"x" * 1000 + b"\n"


def floods(size: int) -> str:
    """A program that writes this much, in lines long enough for the engine to be quick about them."""
    return f"yes $(head -c 1000 /dev/zero | tr '\\0' x) | head -c {size}"


async def test_fifty_megabytes_of_output_come_complete(executor: DockerExecutor, new_key: NewKey):
    size = 50 * 1024 * 1024
    handle = await executor.launch(new_key(), shell(floods(size)))
    output = data_of(await frames_of(executor, handle, follow=True))
    assert output == (LINE * (size // len(LINE) + 1))[:size]


async def test_a_log_that_is_asked_for_while_its_files_rotate_comes_complete(executor: DockerExecutor, new_key: NewKey):
    size = 80 * 1024 * 1024  # more than one file of the engine's holds
    handle = await executor.launch(new_key(), shell(floods(size)))
    digest, cursor, is_over = hashlib.sha256(), LogCursor(), False
    while not is_over:
        is_over = isinstance(await executor.outcome(handle), Exited)
        for frame in await frames_of(executor, handle, cursor):
            assert not frame.after_gap
            digest.update(frame.data)
            cursor = frame.cursor
    assert digest.digest() == hashlib.sha256((LINE * (size // len(LINE) + 1))[:size]).digest()


async def test_a_megabyte_of_random_bytes_comes_as_it_was_written(executor: DockerExecutor, new_key: NewKey):
    script = "head -c 1000000 /dev/urandom > /tmp/data; sha256sum /tmp/data >&2; cat /tmp/data"
    _, frames = await output_of(executor, new_key(), script)
    stated = data_of(frames, Stream.STDERR).split()[0].decode()
    assert hashlib.sha256(data_of(frames)).hexdigest() == stated


async def test_one_line_of_a_megabyte_without_end_comes_whole(executor: DockerExecutor, new_key: NewKey):
    _, frames = await output_of(executor, new_key(), "head -c 1000000 /dev/zero")
    assert data_of(frames) == bytes(1000000)


async def test_our_reading_agrees_with_the_oracles_where_that_keeps_bytes(executor: DockerExecutor, new_key: NewKey):
    handle, frames = await output_of(executor, new_key(), "seq 1 1000; seq 1 500 >&2")
    container = engine.oracle().containers.get(handle)
    assert data_of(frames) == container.logs(stdout=True, stderr=False)
    assert data_of(frames, Stream.STDERR) == container.logs(stdout=False, stderr=True)


async def test_polling_one_silent_stream_does_not_read_the_other_again(executor: DockerExecutor, new_key: NewKey):
    handle, frames = await output_of(executor, new_key(), "seq 1 100")
    assert frames[-1].cursor.stderr is None
    assert await frames_of(executor, handle, frames[-1].cursor) == []


async def test_a_growing_log_is_read_piece_by_piece_without_a_byte_lost_or_doubled(
    executor: DockerExecutor, new_key: NewKey
):
    # Bursts of very different size, so that the last frames asked for are now enough and now too few.
    script = (
        "i=0; while [ $i -lt 25 ]; do n=0; top=$((i % 5 * 400)); "
        "while [ $n -le $top ]; do echo $i.$n; n=$((n+1)); done; "
        "[ $((i % 7)) = 3 ] && echo aside $i >&2; sleep 0.1; i=$((i+1)); done"
    )
    handle = await executor.launch(new_key(), shell(script))
    cursor, seen = LogCursor(), {stream: bytearray() for stream in Stream}
    is_over = False
    while not is_over:
        is_over = isinstance(await executor.outcome(handle), Exited)
        async for frame in executor.logs(handle, cursor=cursor, follow=False):
            cursor = frame.cursor
            assert not frame.after_gap
            seen[frame.stream] += frame.data
        await asyncio.sleep(0.05)
    lines = [f"{i}.{n}\n" for i in range(25) for n in range(i % 5 * 400 + 1)]
    assert seen[Stream.STDOUT].decode() == "".join(lines)
    assert seen[Stream.STDERR].decode() == "".join(f"aside {i}\n" for i in range(25) if i % 7 == 3)
