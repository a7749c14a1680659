from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container_manager.executors.base import Stream
from container_manager.executors.docker.errors import EngineProtocolError
from container_manager.executors.docker.framing import Demultiplexer, LineSplitter, RawFrame

NUMBERS = {Stream.STDOUT: 1, Stream.STDERR: 2}

frames = st.lists(st.tuples(st.sampled_from(Stream), st.binary(max_size=40)))


def encoded(sent: list[RawFrame]) -> bytes:
    return b"".join(struct.pack(">BxxxI", NUMBERS[stream], len(payload)) + payload for stream, payload in sent)


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


@given(sent=frames, sizes=st.lists(st.integers(1, 20)))
def test_however_the_stream_is_cut_the_same_frames_come_out(sent: list[RawFrame], sizes: list[int]):
    demultiplexer = Demultiplexer()
    assert [frame for piece in cut(encoded(sent), sizes) for frame in demultiplexer.feed(piece)] == sent


def test_output_of_a_terminal_is_told_from_frames():
    with pytest.raises(EngineProtocolError, match="terminal"):
        list(Demultiplexer().feed(b"hello, world\n"))


@given(
    lines=st.lists(st.binary(min_size=1, max_size=30).filter(lambda line: b"\n" not in line and line.strip())),
    sizes=st.lists(st.integers(1, 20)),
)
def test_however_lines_are_cut_the_same_lines_come_out(lines: list[bytes], sizes: list[int]):
    splitter = LineSplitter(max_bytes=1000)
    data = b"\n".join(lines)
    got = [line for piece in cut(data, sizes) for line in splitter.feed(piece)]
    assert [*got, *splitter.rest()] == lines


@pytest.mark.parametrize("data", [b"x" * 11, b"x" * 11 + b"\n"])
def test_a_line_beyond_the_cap_is_an_error_and_never_kept(data: bytes):
    with pytest.raises(EngineProtocolError, match="10 bytes"):
        list(LineSplitter(max_bytes=10).feed(data))
