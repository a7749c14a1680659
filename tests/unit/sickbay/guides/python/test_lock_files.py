"""A lock file that uv writes is put back to the byte, or removed where there was none, unless it was written since."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.python import lock_files


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project's folder with a uv that writes a lock file, or fails where there is a file ``broken``."""
    program = tmp_path / "bin" / "uv"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\ntest -e broken && { echo trouble; exit 2; }\necho new >uv.lock\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return project


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_it_held_comes_back(folder: Path) -> None:
    lock = folder / "uv.lock"
    lock.write_text("old\n")
    assert lock_files.renew("uv.lock") == 0
    assert lock.read_text() == "new\n"
    assert lock_files.renew("uv.lock") == 1
    assert lock_files.put_back("uv.lock") == 0
    assert (lock.read_text(), _names(folder)) == ("old\n", ["uv.lock"])
    assert lock_files.put_back("uv.lock") == 0


def test_one_that_was_not_there_goes(folder: Path) -> None:
    assert lock_files.renew("uv.lock") == 0
    assert lock_files.put_back("uv.lock") == 0
    assert _names(folder) == []


@pytest.mark.parametrize("before", ["old\n", None])
def test_one_that_was_written_since_stays(before: str | None, folder: Path) -> None:
    lock = folder / "uv.lock"
    if before is not None:
        lock.write_text(before)
    assert lock_files.renew("uv.lock") == 0
    lock.write_text("somebody's\n")
    assert lock_files.put_back("uv.lock") == 1
    assert lock.read_text() == "somebody's\n"


def test_where_uv_fails_nothing_is_left(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken").touch()
    (folder / "uv.lock").write_text("old\n")
    assert lock_files.renew("uv.lock") == 2
    assert capsys.readouterr().out == "trouble\n"
    assert _names(folder) == ["broken", "uv.lock"]
