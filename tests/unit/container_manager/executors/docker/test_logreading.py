from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container_manager.executors.base import LogCursor, LogFrame, Stream, StreamPosition
from container_manager.executors.docker.errors import EngineProtocolError
from container_manager.executors.docker.framing import RawFrame
from container_manager.executors.docker.logreading import CUT_BYTES, LogReader

OUT, ERR = Stream.STDOUT, Stream.STDERR
FULL = b"x" * CUT_BYTES
EPOCH_SECOND = 1_700_000_000


def raw(stream: Stream, nanoseconds: int, data: bytes) -> RawFrame:
    return (stream, b"2023-11-14T22:13:20.%09dZ " % nanoseconds + data)


def read(frames: list[RawFrame], cursor: LogCursor | None = None) -> list[LogFrame]:
    """Read as the executor does: the engine leaves out what is older than ``since``."""
    reader = LogReader(cursor or LogCursor())
    seconds, _, fraction = reader.since((OUT, ERR)).partition(".")
    since = (int(seconds) - EPOCH_SECOND) * 1_000_000_000 + int(fraction or "0")
    return list(reader.read(one for one in frames if int(one[1][20:29]) >= since))


def data_of(frames: list[LogFrame], stream: Stream) -> bytes:
    return b"".join(frame.data for frame in frames if frame.stream is stream)


def test_the_time_stamp_is_taken_off_and_kept():
    [frame] = read([raw(OUT, 123456789, b"a\n")])
    assert frame.data == b"a\n"
    assert frame.written_at.timestamp() == pytest.approx(EPOCH_SECOND + 0.123456, abs=1e-6)
    assert frame.cursor == LogCursor(stdout=StreamPosition(nanoseconds=EPOCH_SECOND * 10**9 + 123456789, frames=1))


def test_what_a_stream_writes_within_a_moment_is_one_frame():
    frames = read([raw(OUT, 0, b"a\n"), raw(OUT, 10, b"b\n"), raw(OUT, 2_000_000, b"c\n"), raw(ERR, 2_000_001, b"d\n")])
    assert [(frame.stream, frame.data) for frame in frames] == [(OUT, b"a\nb\n"), (OUT, b"c\n"), (ERR, b"d\n")]


@pytest.mark.parametrize(
    ("pieces", "written"),
    [
        ([FULL, b""], FULL + b"\n"),
        ([FULL, b"", b"next\n"], FULL + b"\nnext\n"),
        ([FULL, b"rest", b"next\n"], FULL + b"rest\nnext\n"),
        ([FULL, FULL, b"rest", b"next\n"], FULL + FULL + b"rest\nnext\n"),
        ([FULL, b"rest\n", b"next\n"], FULL + b"rest\nnext\n"),
        ([FULL, b"rest"], FULL + b"rest"),
        ([FULL[:-1] + b"\n", b"next"], FULL[:-1] + b"\nnext"),
    ],
)
def test_newlines_that_the_engine_dropped_behind_cut_lines_are_put_back(pieces: list[bytes], written: bytes):
    # Pieces of one line share a time stamp; the line after it has another.
    frames = [raw(OUT, 5 if piece != b"next\n" else 6, piece) for piece in pieces]
    assert data_of(read(frames), OUT) == written


def test_a_dropped_newline_is_put_back_also_when_reading_resumes_behind_it():
    log = [raw(OUT, 5, FULL), raw(OUT, 5, b"rest"), raw(OUT, 9, b"next\n")]
    cursor = read(log[:2])[-1].cursor
    assert data_of(read(log, cursor), OUT) == b"\nnext\n"


@st.composite
def logs(draw: st.DrawFn) -> list[RawFrame]:
    """Frames of both streams: time stamps grow within a stream, repeat, and do not agree across streams."""
    frames, now = [], {OUT: 0, ERR: 0}
    for _ in range(draw(st.integers(0, 12))):
        stream = draw(st.sampled_from(Stream))
        now[stream] += draw(st.sampled_from([0, 0, 1, 700_000, 3_000_000]))
        frames.append(raw(stream, now[stream], draw(st.sampled_from([b"a\n", b"bb\n", b"\n", b"\0\xff\n"]))))
    return frames


@given(log=logs())
def test_resuming_from_any_cursor_neither_loses_nor_doubles_a_byte(log: list[RawFrame]):
    whole = read(log)
    for position, frame in enumerate(whole):
        rest = read(log, frame.cursor)
        for stream in Stream:
            assert data_of(rest, stream) == data_of(whole[position + 1 :], stream)


def test_what_rotation_dropped_behind_the_cursor_is_marked_once():
    log = [raw(OUT, 5, b"a\n"), raw(ERR, 6, b"e\n"), raw(OUT, 9_000_000, b"b\n"), raw(OUT, 19_000_000, b"c\n")]
    whole = read(log)
    rest = read([log[1], log[3]], whole[1].cursor)
    assert [(frame.data, frame.after_gap) for frame in rest] == [(b"c\n", True)]
    assert [frame.after_gap for frame in [*whole, *read(log, whole[1].cursor)]] == [False] * 6


@pytest.mark.parametrize("payload", [b"nothing", b"not-a-time data\n", b"2023-11-14T22:13:20Z x"])
def test_a_frame_without_a_time_stamp_is_an_error(payload: bytes):
    with pytest.raises(EngineProtocolError):
        list(LogReader(LogCursor()).read([(OUT, payload)]))
