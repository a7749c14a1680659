"""Files of ours that no artifact names: what is left in the storage by a transaction that was rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from django.core.files.storage import Storage
from django.utils import timezone

from container_manager.models import Artifact, Installation
from container_manager.models.job_files import PREFIX, artifact_storage

#: Younger ones may belong to a transaction that is not committed yet.
YOUNGEST = timedelta(days=1)

_AT_ONCE = 500


def orphaned_files(older_than: timedelta) -> Iterator[str]:
    """Yield the names of this installation's files without an artifact, if they are older than this and than a day."""
    storage, before = artifact_storage(), timezone.now() - max(older_than, YOUNGEST)
    files = _files(storage, f"{PREFIX}/{Installation.current_key()}")
    while names := list(islice(files, _AT_ONCE)):
        known = set(Artifact.objects.filter(stored_as__in=names).values_list("stored_as", flat=True))
        yield from (name for name in names if name not in known and storage.get_modified_time(name) < before)


def remove_orphaned_files(older_than: timedelta) -> int:
    """Remove them, and return how many there were."""
    removed = 0
    for name in orphaned_files(older_than):
        artifact_storage().delete(name)
        removed += 1
    return removed


def _files(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, _ = storage.listdir(folder)
    except FileNotFoundError:
        return
    for each in folders:
        _, files = storage.listdir(f"{folder}/{each}")
        yield from (f"{folder}/{each}/{name}" for name in files)
