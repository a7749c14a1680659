"""An attempt's stored output as one text, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence

from container_manager.executors.base import Stream
from container_manager.models import Attempt
from container_manager.models.log_chunk import cut_marker

#: Bytes of one stream that a diagnosis looks at: its beginning, and more of its end, where causes mostly stand.
HEAD_BYTES = 512 * 1024
TAIL_BYTES = 1536 * 1024


def kept_log(attempt: Attempt, stream: Stream) -> bytes:
    """Return the beginning and the end of a stream, with a line between them that says how many bytes are left out."""
    chunks = attempt.log_chunks.filter(stream=stream.value).order_by("position")
    places = list(chunks.values_list("position", "size"))
    wanted = _head(places) | _tail(places)
    parts, end = [], 0
    for chunk in chunks.filter(position__in=wanted) if len(wanted) < len(places) else chunks:
        if chunk.offset > end:
            parts.append(cut_marker(chunk.offset - end))
        parts.append(chunk.content)
        end = chunk.offset + chunk.size
    return b"".join(parts)


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
