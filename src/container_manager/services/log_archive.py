"""Moving logs whose time is over out of the database: into an archive where one is set, and else away.

Each step can be repeated after a crash, by this worker or another one, and none holds a lock while files are written:

1. The attempt is marked with where its archive is going to be. Whoever finds such a mark that is old takes the attempt
   over and removes what is there.
2. The files are written, the index last.
3. The mark is replaced by the archive's name, if it is still ours. From here on the log is read from there.
4. The chunks are removed, a few at a time, and the removal is noted.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from tempfile import SpooledTemporaryFile

import msgspec
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from container_manager.conf import app_settings
from container_manager.models import Attempt, ContainerJob, Installation, LogChunk
from container_manager.models.log_archive import (
    UNFINISHED,
    ArchivedChunk,
    ArchiveIndex,
    is_archive,
    read_index,
    split_name,
)
from container_manager.models.stored_log import StoredLog

FOLDER = "sickbay-logs"

#: A mark that is older than this is of a worker that died.
STALE = timedelta(hours=1)

#: What is removed in one transaction, and held in memory of an archive that is being written.
_CHUNKS_AT_ONCE = 100
_HELD_BYTES = 1024 * 1024

_GZIP_WINDOW = 31
_STREAMS = ("stdout", "stderr")


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What happens to old logs: those of attempts that ended longer than ``age`` ago go to ``storage``, or away."""

    age: timedelta
    storage: str = ""


@dataclass(frozen=True, kw_only=True)
class PrunedLog:
    """One log that was moved, or would be. ``archive`` is empty where it was only removed."""

    attempt_id: int
    job_id: int
    attempt_number: int
    ended_at: datetime
    size: int
    archive: str = ""


def settings_retention() -> Retention | None:
    """Return what the settings say, ``None`` where they keep logs for ever."""
    settings = app_settings()
    if not settings.log_retention_days:
        return None
    return Retention(age=timedelta(days=settings.log_retention_days), storage=settings.log_archive)


def due_logs(retention: Retention, *, behind: int = 0) -> QuerySet[Attempt]:
    """Return the attempts whose log is due, by id. A live attempt's never is, nor one that a worker still clears up."""
    over = Attempt.objects.filter(
        ended_at__lt=Now() - retention.age, log_dropped_at__isnull=True, log_complete=True, pk__gt=behind
    )
    idle = Q(job__lease_expires_at__isnull=True) | Q(job__lease_expires_at__lt=Now())
    return over.filter(idle).order_by("pk").select_related("job")


def would_prune(retention: Retention) -> Iterator[PrunedLog]:
    """Yield what :func:`prune_log` would do, and do nothing."""
    for attempt in due_logs(retention).iterator(chunk_size=100):
        yield _pruned(attempt, "")


def due_ids(retention: Retention, *, behind: int = 0, limit: int = 50) -> list[int]:
    """Return the next attempts whose log is due, by id."""
    return list(due_logs(retention, behind=behind).values_list("pk", flat=True)[:limit])


def prune_by_id(attempt_id: int, retention: Retention) -> PrunedLog | None:
    """Do as :func:`prune_log`; return ``None`` also where the log is not due any more."""
    attempt = due_logs(retention).filter(pk=attempt_id).first()
    return None if attempt is None else prune_log(attempt, retention)


def prune_log(attempt: Attempt, retention: Retention) -> PrunedLog | None:
    """Archive one attempt's log, if there is a storage for it, and remove its chunks.

    Returns ``None`` where somebody else is just doing that. Raises what the storage raises; nothing is removed then.
    """
    if retention.storage and not is_archive(attempt.log_archive) and not _archive(attempt, retention.storage):
        return None
    while True:
        some = LogChunk.objects.filter(attempt=attempt).order_by("pk").values_list("pk", flat=True)[:_CHUNKS_AT_ONCE]
        if not LogChunk.objects.filter(pk__in=list(some)).delete()[0]:
            break
    Attempt.objects.filter(pk=attempt.pk).update(log_dropped_at=Now())
    return _pruned(attempt, attempt.log_archive)


def remove_archive(log_archive: str) -> None:
    """Remove an archive's files. Succeeds where they are gone."""
    alias, name = split_name(log_archive)
    with suppress(FileNotFoundError):
        files = read_index(log_archive).files
        storages[alias].delete(name)
        for file in files.values():
            storages[alias].delete(file)


def _pruned(attempt: Attempt, archive: str) -> PrunedLog:
    assert attempt.ended_at is not None
    return PrunedLog(
        attempt_id=attempt.pk,
        job_id=attempt.job_id,
        attempt_number=attempt.number,
        ended_at=attempt.ended_at,
        size=attempt.stdout_bytes + attempt.stderr_bytes,
        archive=archive,
    )


def _archive(attempt: Attempt, alias: str) -> bool:
    """Write the archive, and note its name in the attempt; ``False`` where somebody else is at it."""
    before = attempt.log_archive
    now: datetime = ContainerJob.objects.filter(pk=attempt.job_id).values_list(Now(), flat=True)[0]
    if before and not _is_stale(before, now):
        return False
    folder = f"{FOLDER}/{Installation.current_key()}/{attempt.job_id}-{attempt.number}-{secrets.token_hex(4)}"
    mark = f"{UNFINISHED}{int(now.timestamp())}:{alias}:{folder}"
    if not Attempt.objects.filter(pk=attempt.pk, log_archive=before).update(log_archive=mark):
        return False
    if before:
        _, _, place = before.partition(":")
        _remove_folder(place)
    writing = _Writing(alias=alias, folder=folder)
    try:
        writing.write(attempt)
        name = f"{alias}:{writing.index}"
        if Attempt.objects.filter(pk=attempt.pk, log_archive=mark).update(log_archive=name):
            attempt.log_archive = name
            return True
    except BaseException:
        writing.undo()
        Attempt.objects.filter(pk=attempt.pk, log_archive=mark).update(log_archive="")
        raise
    writing.undo()  # it took us so long that somebody took the attempt over
    return False


def _is_stale(mark: str, now: datetime) -> bool:
    moment = mark.removeprefix(UNFINISHED).partition(":")[0]
    return not moment.isdecimal() or now.timestamp() - int(moment) > STALE.total_seconds()


def _remove_folder(place: str) -> None:
    """Remove what a worker has left that died while it wrote there."""
    alias, _, folder = place.partition(":")
    for name in (*(f"{stream}.gz" for stream in _STREAMS), "index.json"):
        storages[alias].delete(f"{folder}/{name}")


@dataclass(kw_only=True)
class _Writing:
    """The files of one archive that is being written."""

    alias: str
    folder: str
    index: str = ""
    made: list[str] = field(default_factory=list)

    def write(self, attempt: Attempt) -> None:
        storage = storages[self.alias]
        files: dict[str, str] = {}
        chunks: list[ArchivedChunk] = []
        for stream in _STREAMS:
            with SpooledTemporaryFile(max_size=_HELD_BYTES) as spool:
                for place, data in StoredLog(attempt, stream).contents():
                    member = _gzip_member(data)
                    chunks.append(
                        ArchivedChunk(place=place, member_start=spool.tell(), member_length=spool.write(member))
                    )
                if not spool.tell():
                    continue
                spool.seek(0)
                files[stream] = storage.save(f"{self.folder}/{stream}.gz", File(spool, name=stream))
                self.made.append(files[stream])
        chunks.sort(key=lambda chunk: chunk.place.position)
        index = msgspec.json.encode(ArchiveIndex(files=files, chunks=chunks))
        self.index = storage.save(f"{self.folder}/index.json", ContentFile(index))
        self.made.append(self.index)

    def undo(self) -> None:
        for name in self.made:
            storages[self.alias].delete(name)


def _gzip_member(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=_GZIP_WINDOW)
    return packer.compress(data) + packer.flush()
