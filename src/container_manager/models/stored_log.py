"""An attempt's log as it is read, wherever it is kept: in the database's chunks, or in its archive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.db.models import QuerySet

from container_manager.models.attempt import Attempt
from container_manager.models.log_archive import ArchiveIndex, archived_contents, is_archive, read_index, split_name
from container_manager.models.log_chunk import ChunkPlace, LogChunk, LogPiece, LogPlace

#: Chunks fetched at once: a reader that is slow holds no query open and little in memory.
_BATCH = 16

_PLACE = ("position", "stream", "offset", "size", "first_written_at")


@dataclass(frozen=True)
class StoredLog:
    """The log of one attempt. ``stream`` leaves the other one out."""

    attempt: Attempt
    stream: str | None = None

    @property
    def is_archived(self) -> bool:
        """Whether its bytes are in a storage."""
        return is_archive(self.attempt.log_archive)

    def places(self) -> list[ChunkPlace]:
        """Return where all chunks lie, in their order; of the bytes nothing is read."""
        if self.is_archived:
            return [one.place for one in self._index.chunks if self.stream in {None, one.place.stream}]
        rows = self._chunks().order_by("position").values_list(*_PLACE)
        return [
            ChunkPlace(position=position, stream=stream, offset=offset, size=size, written_at=written_at)
            for position, stream, offset, size, written_at in rows
        ]

    def contents(self, first: int = 0, last: int | None = None) -> Iterator[tuple[ChunkPlace, bytes]]:
        """Yield the chunks from one position to another, both included, with their bytes; no other is read."""
        if not self.is_archived:
            chunks = self._chunks() if last is None else self._chunks().filter(position__lte=last)
            while batch := list(chunks.filter(position__gte=first).order_by("position")[:_BATCH]):
                for chunk in batch:
                    first = chunk.position + 1
                    yield chunk.place, chunk.content
            if self.attempt.ended_at is None:
                return
            # It may have been archived since the reading began, and the chunks been removed from under us.
            self.attempt.refresh_from_db(fields=["log_archive"])
            if not self.is_archived:
                return
        wanted = [
            one
            for one in self._index.chunks
            if one.place.position >= first
            and (last is None or one.place.position <= last)
            and self.stream in {None, one.place.stream}
        ]
        alias, _ = split_name(self.attempt.log_archive)
        for one, data in archived_contents(alias, self._index, wanted):
            yield one.place, data

    def pieces(self, place: LogPlace | None = None) -> Iterator[LogPiece]:
        """Yield what lies behind ``place``, which moves along, with what the log's cap cut out counted."""
        place = LogPlace() if place is None else place
        for chunk, data in self.contents(place.position + 1):
            cut = max(0, chunk.offset - place.ends.get(chunk.stream, 0))
            place.position = chunk.position
            place.ends[chunk.stream] = chunk.end
            yield LogPiece(stream=chunk.stream, data=data, cut_before=cut)

    def _chunks(self) -> QuerySet[LogChunk]:
        chunks = LogChunk.objects.filter(attempt=self.attempt)
        return chunks.filter(stream=self.stream) if self.stream else chunks

    @cached_property
    def _index(self) -> ArchiveIndex:
        return read_index(self.attempt.log_archive)
