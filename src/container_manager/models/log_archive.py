"""A log that was moved out of the database: how its files look, and how they are read.

An archived log is a directory of three files. ``stdout.gz`` and ``stderr.gz`` hold the streams as they were stored,
each chunk a gzip member of its own, so that ``zcat`` shows them whole and one chunk can be read alone. ``index.json``
names the two files and lists the chunks in their order over both streams: stream, offset and size in the stream, when
it was written (ISO 8601), and where its member lies in its file. The index is written last: without it there is no
archive.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import IO

import msgspec
from django.core.files.storage import Storage, storages

from container_manager.models.log_chunk import ChunkPlace

#: Marks the name of an archive that is still being written, so that nobody reads it.
UNFINISHED = "?"

_GZIP_WINDOW = 31


class ArchivedChunk(msgspec.Struct, frozen=True, kw_only=True):
    """One chunk, and where its member lies in its stream's file."""

    place: ChunkPlace
    member_start: int
    member_length: int


class ArchiveIndex(msgspec.Struct, frozen=True, kw_only=True):
    """What ``index.json`` says. ``files`` maps a stream to the name of its file in the storage."""

    format: int = 1
    files: Mapping[str, str]
    chunks: Sequence[ArchivedChunk]


def is_archive(log_archive: str) -> bool:
    """Whether what stands in an attempt's column is a finished archive."""
    return bool(log_archive) and not log_archive.startswith(UNFINISHED)


def split_name(log_archive: str) -> tuple[str, str]:
    """Return the storage's alias and the name of the index in it."""
    alias, _, name = log_archive.partition(":")
    return alias, name


def read_index(log_archive: str) -> ArchiveIndex:
    """Return an archive's index. Raises ``OSError`` where the storage has it no more."""
    alias, name = split_name(log_archive)
    with storages[alias].open(name) as file:
        return msgspec.json.decode(file.read(), type=ArchiveIndex)


def archived_contents(
    alias: str, index: ArchiveIndex, chunks: Sequence[ArchivedChunk]
) -> Iterator[tuple[ArchivedChunk, bytes]]:
    """Yield these chunks with their bytes, reading no other ones."""
    storage: Storage = storages[alias]
    with ExitStack() as opened:
        files: dict[str, IO[bytes]] = {}
        for chunk in chunks:
            if chunk.place.stream not in files:
                files[chunk.place.stream] = opened.enter_context(storage.open(index.files[chunk.place.stream]))
            file = files[chunk.place.stream]
            file.seek(chunk.member_start)
            yield chunk, zlib.decompress(file.read(chunk.member_length), _GZIP_WINDOW)
