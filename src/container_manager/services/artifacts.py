"""The files of jobs: those that go into an attempt, those that come out of it, and reading them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO, cast

import msgspec
from django.db import connections, transaction
from django.db.models.functions import Now

from container_manager.executors.base import InputFile
from container_manager.models import Artifact, ContainerJob
from container_manager.models.job_files import CountedReader, Unseekable, artifact_storage, new_place
from container_manager.runspec.spec import FileTransfer
from container_manager.services.errors import ServiceError, UnknownJobError
from container_manager.services.leases import Lease, locked_job
from container_manager.validation.problems import did_you_mean

_PIECE_BYTES = 256 * 1024


class UnknownArtifactError(ServiceError):
    """The job has no such file, or nothing of it is kept."""


@dataclass(frozen=True, kw_only=True)
class ArtifactDetail:
    """A file of a job. ``attempt_number`` is ``None`` for an input. A directory is kept as a tar archive."""

    name: str
    path: str
    attempt_number: int | None
    size: int
    sha256: str
    """Empty for an input that was in the storage already."""
    is_archive: bool
    is_complete: bool
    problem: str
    """What is missing, and why; empty for nothing."""
    created_at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return plain values, with times in ISO 8601."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


@dataclass(frozen=True, kw_only=True)
class KeptFile:
    """What became of an output: its file in the storage, if there is one."""

    stored_as: str = ""
    size: int = 0
    sha256: str = ""
    is_archive: bool = False
    problem: str = ""


# For workers


def input_files(job_id: int) -> Sequence[InputFile]:
    """Return what is to be put into an attempt of this job."""
    storage = artifact_storage()
    rows = Artifact.objects.filter(job=job_id, attempt=None).order_by("id").values_list("path", "size", "stored_as")
    return [
        InputFile(path=path, size=size, open=cast("Any", partial(storage.open, stored_as)))
        for path, size, stored_as in rows
    ]


def begin_output(lease: Lease, transfer: FileTransfer) -> str | None:
    """Return the name by which an output is to be stored, ``None`` where it is kept already.

    The name is stored before the file: whoever repeats this after a crash finds what was left of it and replaces it.
    """
    with transaction.atomic():
        locked_job(lease)
        row, made = Artifact.objects.get_or_create(
            attempt_id=lease.attempt_id,
            name=transfer.name,
            defaults={
                "job_id": lease.job_id,
                "path": transfer.path,
                "stored_as": new_place(transfer.name),
                "is_complete": False,
                "problem": _UNFINISHED,
                "created_at": Now(),
            },
        )
    return row.stored_as if made or row.problem == _UNFINISHED else None


_UNFINISHED = "it is being stored"


def record_output(lease: Lease, transfer: FileTransfer, kept: KeptFile) -> None:
    """Store what became of an output."""
    with transaction.atomic():
        locked_job(lease)
        Artifact.objects.filter(attempt=lease.attempt_id, name=transfer.name).update(
            stored_as=kept.stored_as,
            size=kept.size,
            sha256=kept.sha256,
            is_archive=kept.is_archive,
            is_complete=not kept.problem,
            problem=kept.problem,
        )


def write_file(place: str, content: BinaryIO) -> KeptFile:
    """Store a file under this name, or near it, instead of what is there. Blocking, for a thread of its own."""
    storage = artifact_storage()
    try:
        storage.delete(place)
        reader = CountedReader(content, max_bytes=2**63)
        stored_as = storage.save(place, Unseekable(cast("Any", reader), name=place.rpartition("/")[2]))
        return KeptFile(stored_as=stored_as, size=reader.size, sha256=reader.sha256)
    finally:
        connections.close_all()


def drop_file(place: str) -> None:
    """Delete what is stored under this name. Blocking, for a thread of its own."""
    try:
        artifact_storage().delete(place)
    finally:
        connections.close_all()


# For faces


def list_artifacts(job_id: int) -> Sequence[ArtifactDetail]:
    """Return a job's files, the inputs first. Raises ``UnknownJobError``."""
    job = ContainerJob.objects.filter(pk=job_id).first()
    if job is None:
        raise UnknownJobError(job_id)
    return artifacts_of(job)


def artifacts_of(job: ContainerJob) -> tuple[ArtifactDetail, ...]:
    """Return a job's files, the inputs first, in one query."""
    details = [_detail(row) for row in job.artifacts.select_related("attempt").order_by("id")]
    return tuple(sorted(details, key=lambda detail: detail.attempt_number or 0))


@contextlib.contextmanager
def open_artifact(job_id: int, name: str, *, attempt_number: int | None = None) -> Iterator[Iterator[bytes]]:
    """Give the content of a file of this job piece by piece: of the last attempt that has it, or else the input.

    Raises ``UnknownJobError`` and :class:`UnknownArtifactError`.
    """
    row = _find(job_id, name, attempt_number)
    try:
        opened = artifact_storage().open(row.stored_as)
    except OSError as error:
        raise UnknownArtifactError(f"The file of {name!r} is no longer in the storage: {error}.") from error
    with opened:
        yield iter(lambda: opened.read(_PIECE_BYTES), b"")


def _detail(row: Artifact) -> ArtifactDetail:
    return ArtifactDetail(
        name=row.name,
        path=row.path,
        attempt_number=row.attempt.number if row.attempt else None,
        size=row.size,
        sha256=row.sha256,
        is_archive=row.is_archive,
        is_complete=row.is_complete,
        problem=row.problem,
        created_at=row.created_at,
    )


def _find(job_id: int, name: str, attempt_number: int | None) -> Artifact:
    known = [detail.name for detail in list_artifacts(job_id)]
    rows = Artifact.objects.filter(job=job_id, name=name).select_related("attempt")
    if attempt_number is not None:
        rows = rows.filter(attempt__number=attempt_number)
    found = sorted(rows, key=lambda row: row.attempt.number if row.attempt else 0)
    if not found:
        listed = f"It has {', '.join(sorted(set(known)))}." if known else "It has none."
        raise UnknownArtifactError(f"Job {job_id} has no file {name!r}. {did_you_mean(name, known, otherwise=listed)}")
    if not found[-1].stored_as:
        raise UnknownArtifactError(f"Nothing is kept of {name!r}: {found[-1].problem}.")
    return found[-1]
