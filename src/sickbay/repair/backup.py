"""Copies of what a repair may change, proved by their digests when they are made, before they are used, and put back.

A backup lies in a folder that its owner alone may enter: a numbered folder for each path, with a copy that a person
can read too, and ``manifest.json``, which holds what a copy does not: owners, modes, times, and what did not exist.
Extended attributes are not kept.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sickbay.repair.standing import (
    BackupError,
    Entry,
    Kind,
    dress,
    is_copy,
    is_same,
    make_copy,
    read_standing,
    sync_folder,
)
from sickbay.safety.chain import canonical, digest_of
from sickbay.safety.effects import Resource
from sickbay.safety.protected import ProtectedPathError, ProtectedPaths

MANIFEST = "manifest.json"

#: Of the disk that a backup is written to, at least this part stays free.
_FREE_AFTERWARDS = 0.03


class DamagedBackupError(BackupError):
    """A backup is not what was made. Nothing is changed with it, and nothing is put back from it."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What stood at one absolute path. ``copy`` is below the backup's folder, empty where nothing stood there."""

    path: str
    copy: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A backup that was read again after it was written. ``digest`` is of its manifest, and so of every content."""

    folder: Path
    kept: tuple[Kept, ...]
    digest: str


def absolute(folder: Path, name: str) -> Path:
    """Return where a name leads, seen from a folder. A link at its end is not followed."""
    path = folder / name
    if path.name in {"", ".", ".."}:
        return Path(os.path.realpath(path))
    return Path(os.path.realpath(path.parent)) / path.name


def require_writable(path: Path) -> None:
    """Refuse what may never be written, so that no repair changes it, nor puts it back. Raises ``BackupError``."""
    try:
        ProtectedPaths().writable(path, Resource.CONFIGURATION)
    except ProtectedPathError as error:
        raise BackupError(str(error)) from error


def back_up(paths: Sequence[Path], into: Path) -> Backup:
    """Copy what stands at these absolute paths, and behind them where they are links, and read the copies again.

    ``into`` must not exist yet. Raises :class:`BackupError`, also for what may never be written: logs, databases.
    """
    with_targets = dict.fromkeys(each for path in paths for each in _with_target(path))
    try:
        into.mkdir(mode=0o700)
        kept = tuple(_kept(path, into, str(number)) for number, path in enumerate(with_targets, start=1))
        manifest = _document(kept)
        _write(into / MANIFEST, canonical(manifest))
        sync_folder(into)
    except OSError as error:
        raise BackupError(f"the backup could not be written: {error.strerror}") from error
    backup = Backup(folder=into, kept=kept, digest=digest_of(manifest))
    check(backup)
    return backup


def check(backup: Backup) -> None:
    """Read a backup again. Raises :class:`DamagedBackupError` where one byte of it is not as it was made."""
    if load(backup.folder, backup.digest).kept != backup.kept:
        raise DamagedBackupError(f"the backup {backup.folder} is not the one that was made")
    for kept in backup.kept:
        copy = read_standing(backup.folder / kept.copy) if kept.copy else ()
        if not is_copy(copy, kept.entries):
            raise DamagedBackupError(f"the copy of {kept.path} in {backup.folder} is damaged")


def load(folder: Path, digest: str) -> Backup:
    """Return the backup in a folder. Raises :class:`DamagedBackupError` where it is not that of this digest."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        if digest_of(manifest) != digest:
            raise DamagedBackupError(f"the manifest of the backup {folder} was changed")
        kept = tuple(_read(each) for each in manifest["kept"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise DamagedBackupError(f"the backup {folder} cannot be read") from error
    return Backup(folder=folder, kept=kept, digest=digest)


def differing(backup: Backup) -> tuple[Kept, ...]:
    """Return what does not stand as it stood when the backup was made. What cannot be read counts as different."""
    return tuple(kept for kept in backup.kept if not _stands(kept))


def put_back(backup: Backup, kept: Kept, displaced: Path) -> None:
    """Let stand again what stood at one path. What stands there now is copied to ``displaced`` before.

    Raises :class:`BackupError`; then what stands there is what stood there before the call.
    """
    check(backup)
    path = Path(kept.path)
    require_writable(path)
    now = read_standing(path)
    new, old = (path.with_name(f".{path.name}.sickbay-{os.getpid()}-{part}") for part in ("new", "old"))
    try:
        if now:
            _verified_copy(now, path, displaced)
        if kept.entries:
            _verified_copy(kept.entries, backup.folder / kept.copy, new)
            dress(kept.entries, new)
        _exchange(path, now, new if kept.entries else None, old)
        sync_folder(path.parent)
    except OSError as error:
        raise BackupError(f"{path} could not be put back: {error.strerror}") from error
    finally:
        _remove(new)


def _exchange(path: Path, now: Sequence[Entry], new: Path | None, old: Path) -> None:
    """Put ``new`` in the place of what stands there, of which a copy was proved."""
    if new is not None and Kind.FOLDER not in {entry.kind for entry in (*now[:1], *read_standing(new)[:1])}:
        new.replace(path)
        return
    if now:
        path.rename(old)
    if new is not None:
        try:
            new.rename(path)
        except OSError:
            if now:
                old.rename(path)
            raise
    _remove(old)


def _with_target(path: Path) -> Iterator[Path]:
    yield path
    if path.is_symlink():
        yield Path(os.path.realpath(path))


def _kept(path: Path, into: Path, number: str) -> Kept:
    require_writable(path)
    entries = read_standing(path)
    if not entries:
        return Kept(path=str(path), copy="", entries=())
    size = sum(entry.size for entry in entries)
    disk = os.statvfs(into)
    if disk.f_bavail * disk.f_frsize - size < disk.f_blocks * disk.f_frsize * _FREE_AFTERWARDS:
        raise BackupError(f"a copy of {path} ({size // 1024**2} MB) would fill the disk of {into}")
    (into / number).mkdir(mode=0o700)
    _verified_copy(entries, path, into / number / path.name)
    if not is_same(read_standing(path), entries):
        raise BackupError(f"{path} was changed while it was copied")
    return Kept(path=str(path), copy=f"{number}/{path.name}", entries=entries)


def _stands(kept: Kept) -> bool:
    try:
        return is_same(read_standing(Path(kept.path)), kept.entries)
    except BackupError:
        return False


def _verified_copy(entries: Sequence[Entry], source: Path, target: Path) -> None:
    make_copy(entries, source, target)
    if not is_copy(read_standing(target), entries):
        raise BackupError(f"the copy of {source} is not what was read")


def _remove(path: Path) -> None:
    """Take away what this module has made, or has moved there and copied."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _document(kept: Sequence[Kept]) -> dict[str, Any]:
    return {"format": 1, "kept": [asdict(each) for each in kept]}


def _read(document: dict[str, Any]) -> Kept:
    entries = tuple(Entry(**{**each, "kind": Kind(each["kind"])}) for each in document["entries"])
    return Kept(path=document["path"], copy=document["copy"], entries=entries)


def _write(path: Path, content: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
