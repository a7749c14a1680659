"""Reading frames: from any cursor, in pieces, and with a tail that is still being written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from container_manager.executors.base import LogCursor, Stream, StreamPosition
from container_manager.executors.process import logfile
from container_manager.executors.process.shim import framing


def frame(stream: int, stamp: int, data: bytes) -> bytes:
    return framing.HEADER.pack(stream, stamp, len(data)) + data


LOG = frame(1, 1_000, b"a") + frame(2, 2_000, b"\x00\xff") + frame(1, 3_000, b"c\n")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "log").write_bytes(LOG)
    descriptor = os.open(tmp_path / "log", os.O_RDWR)
    yield descriptor
    os.close(descriptor)


def test_frames_come_with_their_stream_bytes_and_the_offset_behind_them(log: int):
    piece = logfile.read_piece(log, 0, LogCursor())
    assert [(one.stream, one.data) for one, _ in piece.frames] == [
        (Stream.STDOUT, b"a"),
        (Stream.STDERR, b"\x00\xff"),
        (Stream.STDOUT, b"c\n"),
    ]
    assert piece.frames[-1][1] == piece.offset == len(LOG)
    assert piece.at_end


def test_each_frames_cursor_leads_to_the_next(log: int):
    frames = [one for one, _ in logfile.read_piece(log, 0, LogCursor()).frames]
    for position, one in enumerate(frames):
        rest = logfile.read_piece(log, 0, one.cursor).frames
        assert [later for later, _ in rest] == frames[position + 1 :]


def test_a_cursor_of_one_stream_leaves_the_other_whole(log: int):
    cursor = LogCursor(stderr=StreamPosition(nanoseconds=2_000, frames=1))
    assert [one.data for one, _ in logfile.read_piece(log, 0, cursor).frames] == [b"a", b"c\n"]


def test_a_frame_that_is_still_being_written_waits(log: int):
    for size in range(len(LOG)):
        os.ftruncate(log, 0)
        os.pwrite(log, LOG[:size], 0)
        piece = logfile.read_piece(log, 0, LogCursor())
        os.pwrite(log, LOG, 0)
        rest = logfile.read_piece(log, piece.offset, piece.cursor)
        assert b"".join(one.data for one, _ in (*piece.frames, *rest.frames)) == b"a\x00\xffc\n"


def test_long_logs_come_in_pieces(log: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(logfile, "READ_BYTES", 20)
    piece = logfile.read_piece(log, 0, LogCursor())
    assert len(piece.frames) == 1
    assert not piece.at_end
    assert [one.data for one, _ in logfile.read_piece(log, piece.offset, piece.cursor).frames] == [b"\x00\xff"]
