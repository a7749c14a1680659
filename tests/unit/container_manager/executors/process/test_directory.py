"""An attempt's directory: its lock, its records, its end."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from container_manager.executors.process.directory import AttemptDirectory
from container_manager.executors.process.shim import kernel


@pytest.fixture
def directory(tmp_path: Path) -> AttemptDirectory:
    directory = AttemptDirectory(tmp_path, "sickbay-a-1-1")
    directory.create()
    return directory


def test_only_one_holds_the_lock(directory: AttemptDirectory):
    assert not directory.is_held()
    lock = directory.take_lock()
    assert lock is not None
    assert directory.is_held()
    assert directory.take_lock() is None
    os.close(lock)
    assert not directory.is_held()


def test_looking_at_the_lock_does_not_take_it(directory: AttemptDirectory):
    lock = directory.take_lock()
    assert lock is not None
    os.close(lock)
    assert [directory.is_held() for _ in range(3)] == [False] * 3
    lock = directory.take_lock()
    assert lock is not None
    os.close(lock)


def test_a_directory_that_is_gone_has_no_lock(tmp_path: Path):
    directory = AttemptDirectory(tmp_path, "sickbay-a-2-1")
    assert directory.take_lock() is None
    assert not directory.is_held()
    assert not directory.request_stop(1)
    directory.delete()


def test_a_record_is_read_as_it_was_written_and_only_its_owner_may(directory: AttemptDirectory):
    kernel.reserve_record(str(directory.path), "outcome")
    assert directory.outcome() == {}
    kernel.write_record(str(directory.path), "outcome", {"exit_code": 3, "detail": "a=b"})
    assert directory.outcome() == {"exit_code": "3", "detail": "a=b"}
    assert stat.S_IMODE((directory.path / "outcome").stat().st_mode) == 0o600


def test_a_request_to_stop_needs_somebody_who_reads(directory: AttemptDirectory):
    assert not directory.request_stop(1.5)
    reader = os.open(directory.path / "control", os.O_RDONLY | os.O_NONBLOCK)
    assert directory.request_stop(1.5)
    assert os.read(reader, 100) == b"stop 1.5\n"
    os.close(reader)


def test_deleting_leaves_nothing_and_follows_no_links(directory: AttemptDirectory, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o500)
    (directory.scratch / "link").symlink_to(outside)
    inner = directory.scratch / "closed" / "inner"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o500)
    directory.delete()
    assert [path.name for path in tmp_path.iterdir()] == ["outside"]
    assert stat.S_IMODE(outside.stat().st_mode) == 0o500
