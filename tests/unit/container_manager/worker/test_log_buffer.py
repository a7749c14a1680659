"""Frames in, batches out: nothing lost, nothing doubled, no secret, wherever a restart cuts in."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from container_manager.executors.base import LogCursor, LogFrame, Stream, StreamPosition
from container_manager.services.log_storage import LogBatch
from container_manager.troubleshooting.masking import StreamMasker, stream_masker
from container_manager.worker.log_buffer import LogBuffer, LogState

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SECRET = "correct-horse-battery"
NOTHING = LogState(cursor={})


def test_bytes_come_out_as_they_went_in_with_offsets_of_their_own_stream() -> None:
    buffer = LogBuffer(NOTHING, _no_secrets)
    for frame in _frames((Stream.STDOUT, b"a\x00"), (Stream.STDERR, b"\xff"), (Stream.STDOUT, b"b")):
        buffer.take(frame)
    buffer.finish()
    batch = buffer.batch(complete=True)

    assert [(s.stream, s.offset, s.data) for s in batch.segments] == [
        ("stdout", 0, b"a\x00"),
        ("stderr", 0, b"\xff"),
        ("stdout", 2, b"b"),
    ]
    assert (batch.stdout_bytes, batch.stderr_bytes, batch.complete, batch.number) == (3, 1, True, 1)


def test_a_program_that_switches_streams_without_end_does_not_make_segments_without_end() -> None:
    buffer = LogBuffer(NOTHING, _no_secrets)
    for frame in _frames(*[(stream, b"x") for _ in range(500) for stream in Stream]):
        buffer.take(frame)
    buffer.finish()
    batch = buffer.batch()

    assert len(batch.segments) < 100
    assert _put_together([batch]) == {Stream.STDOUT: b"x" * 500, Stream.STDERR: b"x" * 500}


def test_a_gap_that_the_platform_made_is_told_with_the_batch_behind_it() -> None:
    buffer = LogBuffer(NOTHING, _no_secrets)
    before, behind, later = _frames(*[(Stream.STDOUT, b"x")] * 3)
    buffer.take(before)
    assert buffer.batch().after_gap is False
    buffer.take(replace(behind, after_gap=True))
    assert buffer.batch().after_gap is True
    buffer.take(later)
    assert buffer.batch().after_gap is False


@pytest.mark.parametrize("seed", range(25))
def test_a_restart_after_any_batch_goes_on_exactly_where_the_stored_place_is(seed: int) -> None:
    chance = random.Random(seed)
    frames = _random_frames(chance)
    whole = _masked_whole(frames)

    stored: list[LogBatch] = []
    for _ in range(1000):
        # A worker reads on from what is stored, stores some batches, and dies with the rest in its memory.
        buffer = LogBuffer(_state(stored), _one_secret)
        rest = _behind(frames, buffer.cursor)
        for frame in rest[: chance.randrange(1, 8)]:
            buffer.take(frame)
            if chance.random() < 0.5:
                stored.append(buffer.batch())
        if len(rest) < 8 and chance.random() < 0.5:
            break
    last = LogBuffer(_state(stored), _one_secret)
    for frame in _behind(frames, last.cursor):
        last.take(frame)
    last.finish()
    stored.append(last.batch(complete=True))

    assert _put_together(stored) == whole
    assert SECRET.encode() not in b"".join(whole.values())
    assert (stored[-1].stdout_bytes, stored[-1].stderr_bytes) == tuple(len(whole[stream]) for stream in Stream)


def _random_frames(chance: random.Random) -> list[LogFrame]:
    text = b"".join(chance.choice([b"line\n", b"\x00\xff", SECRET.encode(), b"corr", b"\n"]) for _ in range(60))
    pieces = []
    while text:
        size = chance.randrange(1, 12)
        pieces.append((chance.choice([*Stream]), text[:size]))
        text = text[size:]
    return _frames(*pieces)


def _frames(*pieces: tuple[Stream, bytes]) -> list[LogFrame]:
    places: dict[str, StreamPosition | None] = {"stdout": None, "stderr": None}
    frames = []
    for number, (stream, data) in enumerate(pieces):
        places[stream.value] = StreamPosition(nanoseconds=number, frames=1)
        frames.append(LogFrame(stream=stream, written_at=NOW, data=data, cursor=LogCursor(**places)))
    return frames


def _behind(frames: Sequence[LogFrame], cursor: LogCursor) -> list[LogFrame]:
    places = {Stream.STDOUT: cursor.stdout, Stream.STDERR: cursor.stderr}

    def is_behind(number: int, frame: LogFrame) -> bool:
        place = places[frame.stream]
        return place is None or number > place.nanoseconds

    return [frame for number, frame in enumerate(frames) if is_behind(number, frame)]


def _state(stored: Sequence[LogBatch]) -> LogState:
    if not stored:
        return NOTHING
    last = stored[-1]
    cursor = {**last.cursor, "batch": last.number}
    return LogState(cursor=cursor, stdout_bytes=last.stdout_bytes, stderr_bytes=last.stderr_bytes)


def _masked_whole(frames: Sequence[LogFrame]) -> dict[Stream, bytes]:
    whole = {}
    for stream in Stream:
        masker = _one_secret()
        written = b"".join(frame.data for frame in frames if frame.stream is stream)
        whole[stream] = masker.feed(written) + masker.finish()
    return whole


def _put_together(batches: Sequence[LogBatch]) -> dict[Stream, bytes]:
    whole = {stream: bytearray() for stream in Stream}
    for segment in (segment for batch in batches for segment in batch.segments):
        stream = whole[Stream(segment.stream)]
        assert segment.offset == len(stream)
        stream += segment.data
    return {stream: bytes(data) for stream, data in whole.items()}


def _no_secrets() -> StreamMasker:
    return stream_masker({})


def _one_secret() -> StreamMasker:
    return stream_masker({"PHRASE": SECRET})


def test_what_does_not_fit_into_the_tail_is_let_go_and_the_rest_is_as_it_was() -> None:
    buffer = LogBuffer(NOTHING, _no_secrets)
    data = bytes(range(256)) * 4096
    for frame in _frames(*[(Stream.STDOUT, data[start : start + 8192]) for start in range(0, len(data), 8192)]):
        buffer.take(frame)
    dropped = buffer.trim(100_000)
    kept = buffer.batch().segments

    assert b"".join(segment.data for segment in [*dropped, *kept]) == data
    assert [segment.offset for segment in [*dropped, *kept]] == list(range(0, len(data), 65536))
    assert 100_000 <= sum(len(segment.data) for segment in kept) < 100_000 + 65536
    assert buffer.trim(0) == []
