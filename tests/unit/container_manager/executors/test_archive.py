"""Archives of what lies below a directory, and of nothing else."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from container_manager.executors.archive import archive_of_path, in_thread
from container_manager.executors.base import OutputMissingError


def names(root: Path, path: str) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(b"".join(archive_of_path(root, path)))) as tar:
        return {entry.name: entry.type for entry in tar}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("outside")
    root = tmp_path / "root"
    (root / "out/deep").mkdir(parents=True)
    (root / "out/deep/file").write_text("inside")
    (root / "out/link").symlink_to(tmp_path / "secret")
    (root / "out/folder").symlink_to(tmp_path)
    (root / "way").symlink_to(tmp_path)
    os.mkfifo(root / "out/pipe")
    return root


def test_everything_is_told_and_links_are_not_followed(root: Path) -> None:
    assert names(root, "/out") == {
        "out": tarfile.DIRTYPE,
        "out/deep": tarfile.DIRTYPE,
        "out/deep/file": tarfile.REGTYPE,
        "out/link": tarfile.SYMTYPE,
        "out/folder": tarfile.SYMTYPE,
        "out/pipe": tarfile.FIFOTYPE,
    }
    assert names(root, "/out/link") == {"link": tarfile.SYMTYPE}


@pytest.mark.parametrize("path", ["/nothing", "/way/secret", "/out/folder/secret", "/../secret"])
def test_what_is_missing_or_outside_is_told_as_missing(root: Path, path: str) -> None:
    with pytest.raises(OutputMissingError):
        names(root, path)


async def test_a_generator_read_in_threads_is_closed_when_its_reader_leaves() -> None:
    closed = []

    def pieces():
        try:
            while True:
                yield b"piece"
        finally:
            closed.append(True)

    stream = in_thread(pieces())
    assert await anext(stream) == b"piece"
    await stream.aclose()
    assert closed
