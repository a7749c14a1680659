"""An attempt's stored output as one text, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence

from container_manager.executors.base import Stream
from container_manager.models import Attempt
from container_manager.models.log_chunk import cut_marker
from container_manager.models.stored_log import StoredLog

#: Bytes of one stream that a diagnosis looks at: its beginning, and more of its end, where causes mostly stand.
HEAD_BYTES = 512 * 1024
TAIL_BYTES = 1536 * 1024


def kept_log(attempt: Attempt, stream: Stream) -> bytes:
    """Return the beginning and the end of a stream, with a line between them that says how many bytes are left out."""
    log = StoredLog(attempt, stream.value)
    places = [(place.position, place.size) for place in log.places()]
    parts, end = [], 0
    for first, last in _ranges(places):
        for place, data in log.contents(first, last):
            if place.offset > end:
                parts.append(cut_marker(place.offset - end))
            parts.append(data)
            end = place.end
    return b"".join(parts)


def _ranges(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the first and the last position of the head, and of the tail, or of both where nothing lies between."""
    if not places:
        return []
    head, tail = max(_head(places)), min(_tail(places))
    first, last = places[0][0], places[-1][0]
    return [(first, last)] if head >= tail else [(first, head), (tail, last)]


def _head(places: Sequence[tuple[int, int]]) -> set[int]:
    return _first(places, HEAD_BYTES)


def _tail(places: Sequence[tuple[int, int]]) -> set[int]:
    return _first(list(reversed(places)), TAIL_BYTES)


def _first(places: Sequence[tuple[int, int]], most: int) -> set[int]:
    """Return the positions of the first chunks that make up ``most`` bytes."""
    chosen: set[int] = set()
    size = 0
    for position, length in places:
        if size >= most:
            break
        chosen.add(position)
        size += length
    return chosen
