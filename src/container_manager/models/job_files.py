"""Keeping what goes into jobs in Django's storage, in the transaction that makes the jobs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import Storage, storages

from container_manager.conf import app_settings
from container_manager.models.installation import Installation
from container_manager.request.files import InputSource, JobFiles
from container_manager.validation.problems import FieldProblem, InvalidJobError

if TYPE_CHECKING:
    from container_manager.models.container_job import ContainerJob

if TYPE_CHECKING:
    _BinaryFile = File[bytes]
else:
    _BinaryFile = File

#: Files with names that begin so are ours: each is deleted with the last artifact that names it.
PREFIX = "container_jobs"

_PIECE_BYTES = 256 * 1024


class TooLargeError(Exception):
    """There is more to read than may be kept."""


def artifact_storage() -> Storage:
    """Return where the files of jobs are kept."""
    return storages[app_settings().artifact_storage]


def new_place(name: str) -> str:
    """Return a name in the storage that nothing has."""
    return f"{PREFIX}/{Installation.current_key()}/{uuid4().hex}/{name}"


class CountedReader:
    """Reads a file once from where it stands, and knows how much it was, and its digest."""

    def __init__(self, source: BinaryIO, *, max_bytes: int) -> None:
        self._source = source
        self._max_bytes = max_bytes
        self._digest = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes. Raises :class:`TooLargeError`."""
        piece = self._source.read(_PIECE_BYTES if size < 0 else size)
        if not isinstance(piece, bytes):
            raise TypeError("an input must be opened in binary mode")
        self.size += len(piece)
        if self.size > self._max_bytes:
            raise TooLargeError
        self._digest.update(piece)
        return piece

    @property
    def sha256(self) -> str:
        """The digest of what was read, in hexadecimal digits."""
        return self._digest.hexdigest()


class Unseekable(_BinaryFile):
    """A file that is read once: a storage that wants to begin anew is told no."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield what is left."""
        while piece := self.read(chunk_size or _PIECE_BYTES):
            yield piece

    def seekable(self) -> bool:
        """Say no."""
        return False


def keep_inputs(files: JobFiles) -> Sequence[Mapping[str, Any]]:
    """Store the inputs, and return the columns of their artifacts.

    Raises :class:`~container_manager.validation.problems.InvalidJobError`, with nothing left in the storage.
    """
    kept: list[Mapping[str, Any]] = []
    try:
        for number, source in enumerate(files.sources):
            kept.append(_kept(f"inputs[{number}]", source))
    except BaseException:
        for columns, source in zip(kept, files.sources, strict=False):
            if not source.stored:
                artifact_storage().delete(columns["stored_as"])
        raise
    return kept


def add_inputs(jobs: Sequence[ContainerJob], kept: Sequence[Mapping[str, Any]]) -> None:
    """Let these jobs have the inputs that were kept."""
    if kept:
        rows = jobs[0].artifacts
        rows.bulk_create([rows.model(job=job, **columns) for job in jobs for columns in kept], batch_size=500)


def inputs_of(job: ContainerJob) -> JobFiles:
    """Return a job's files, its inputs by their names in the storage."""
    spec = job.run_spec()
    stored = dict(job.artifacts.filter(attempt=None).values_list("name", "stored_as")) if spec.inputs else {}
    known = [transfer for transfer in spec.inputs if transfer.name in stored]
    sources = tuple(InputSource(transfer=transfer, stored=stored[transfer.name]) for transfer in known)
    return JobFiles(sources=sources, outputs=spec.outputs)


def _kept(field: str, source: InputSource) -> dict[str, Any]:
    transfer, storage = source.transfer, artifact_storage()
    columns: dict[str, Any] = {"name": transfer.name, "path": transfer.path}
    if source.content is None:
        return columns | _found(field, source, storage)
    opened = BytesIO(source.content) if isinstance(source.content, bytes) else source.content
    reader = CountedReader(opened, max_bytes=transfer.max_bytes)
    place = new_place(transfer.name)
    try:
        stored_as = storage.save(place, Unseekable(cast("Any", reader), name=transfer.name))
    except TooLargeError:
        storage.delete(place)
        fix = f"At most {transfer.max_bytes} bytes are taken: max_bytes."
        raise InvalidJobError([FieldProblem(field=field, message="is too long.", fix=fix)]) from None
    return columns | {"stored_as": stored_as, "size": reader.size, "sha256": reader.sha256}


def _found(field: str, source: InputSource, storage: Storage) -> dict[str, Any]:
    if not storage.exists(source.stored):
        fix = "Name a file as the storage knows it."
        message = f"there is no {source.stored[:200]!r} in the storage."
        raise InvalidJobError([FieldProblem(field=field, message=message, fix=fix)])
    size = storage.size(source.stored)
    if size > source.transfer.max_bytes:
        fix = f"At most {source.transfer.max_bytes} are taken: max_bytes."
        raise InvalidJobError([FieldProblem(field=field, message=f"is {size} bytes long.", fix=fix)])
    return {"stored_as": source.stored, "size": size}
