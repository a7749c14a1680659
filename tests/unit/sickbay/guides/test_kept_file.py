"""A change of a file can always be taken back, wherever it is cut off, and nothing that was written since is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sickbay.guides import kept_file
from sickbay.guides.kept_file import (
    LARGEST,
    SUFFIX,
    CannotChangeError,
    as_bytes,
    as_it_was,
    change,
    copy_of,
    kept_below,
    put_back,
)
from tests.unit.sickbay.guides import cut_off

_BEGUN = SUFFIX + ".part"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app.conf"
    path.write_bytes(b"quiet\n")
    path.chmod(0o640)
    return path


def _louder(content: bytes) -> bytes:
    return content.upper()


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def test_a_change_keeps_the_file_as_it_was_beside_it(file: Path) -> None:
    assert change(str(file), _louder)
    assert file.read_bytes() == b"QUIET\n"
    copy = copy_of(str(file))
    assert (copy.name, copy.read_bytes(), _mode(copy)) == ("app.conf.before-repair", b"quiet\n", 0o640)
    assert _names(file.parent) == ["app.conf", "app.conf.before-repair"]
    assert as_it_was(str(file)) == b"quiet\n"


def test_the_file_stays_the_same_one_with_its_mode_and_its_other_names(file: Path) -> None:
    other = file.with_name("linked.conf")
    other.hardlink_to(file)
    inode = file.stat().st_ino
    change(str(file), lambda content: content + b"and more\n")
    assert other.read_bytes() == b"quiet\nand more\n"
    assert put_back(str(file), lambda content: content + b"and more\n")
    assert other.read_bytes() == b"quiet\n"
    assert (file.stat().st_ino, file.stat().st_nlink, _mode(file)) == (inode, 2, 0o640)
    assert _names(file.parent) == ["app.conf", "linked.conf"]


@pytest.mark.root
def test_file_and_copy_belong_to_the_files_owner(file: Path) -> None:
    os.chown(file, 65534, 65533)
    file.chmod(0o600)
    change(str(file), _louder)
    for path in (file, copy_of(str(file))):
        assert (path.stat().st_uid, path.stat().st_gid, _mode(path)) == (65534, 65533, 0o600)
    assert put_back(str(file), _louder)
    assert (file.stat().st_uid, file.stat().st_gid, _mode(file)) == (65534, 65533, 0o600)


def test_what_was_written_since_is_not_lost(file: Path) -> None:
    change(str(file), _louder)
    file.write_bytes(b"QUIET\nsomebody's\n")
    with pytest.raises(CannotChangeError, match="changed since"):
        put_back(str(file), _louder)
    assert file.read_bytes() == b"QUIET\nsomebody's\n"
    assert copy_of(str(file)).read_bytes() == b"quiet\n"


@pytest.mark.parametrize("name", ["app.conf" + SUFFIX, "app.conf" + _BEGUN])
def test_a_copy_that_is_there_already_is_never_written_over(name: str, file: Path) -> None:
    other = file.with_name(name)
    other.write_bytes(b"older\n")
    with pytest.raises(CannotChangeError, match="there already"):
        change(str(file), _louder)
    assert (file.read_bytes(), other.read_bytes()) == (b"quiet\n", b"older\n")
    assert _names(file.parent) == ["app.conf", name]


def test_a_copy_is_not_written_through_a_link(file: Path, tmp_path: Path) -> None:
    copy_of(str(file)).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotChangeError, match="there already"):
        change(str(file), _louder)
    assert not (tmp_path / "elsewhere").exists()
    assert file.read_bytes() == b"quiet\n"


def test_nothing_to_change_makes_no_copy_and_can_be_taken_back(file: Path) -> None:
    assert not change(str(file), bytes.lower)
    assert not put_back(str(file), bytes.lower)
    assert _names(file.parent) == ["app.conf"]


def test_what_is_no_file_or_too_large_is_left_alone(file: Path, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="is no file"):
        change(str(tmp_path), _louder)
    with file.open("r+b") as opened:
        opened.truncate(LARGEST + 1)
    with pytest.raises(OSError, match="larger than"):
        change(str(file), _louder)
    assert _names(tmp_path) == ["app.conf"]


@pytest.mark.parametrize("synced", [0, 2])
def test_where_copy_or_file_cannot_be_written_the_file_stays(
    synced: int, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [*[None] * synced, OSError(28, "No space left on device")]  # copy, folder, file

    def sync(_: int) -> None:
        if left and (error := left.pop(0)):
            raise error

    monkeypatch.setattr(kept_file.os, "fsync", sync)
    with pytest.raises(OSError, match="No space"):
        change(str(file), _louder)
    assert file.read_bytes() == b"quiet\n"
    assert _names(file.parent) == ["app.conf"]


@pytest.mark.parametrize("what", ["change", "put_back"])
def test_a_kill_before_any_line_leaves_what_can_be_taken_back(what: str, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", cut_off.__name__, str(tmp_path), what], check=True, env=_environment())
    states = set()
    for folder in tmp_path.iterdir():
        file = folder / cut_off.NAME
        states.add((file.read_bytes(), *_names(folder)))
        assert as_it_was(str(file)) == cut_off.BEFORE
        assert file.read_bytes() in {cut_off.BEFORE, cut_off.AFTER}
        if (copy := copy_of(str(file))).exists():
            assert (copy.read_bytes(), _mode(copy)) == (cut_off.BEFORE, cut_off.MODE)
        put_back(str(file), _louder)
        assert (file.read_bytes(), _mode(file), _names(folder)) == (cut_off.BEFORE, cut_off.MODE, [cut_off.NAME])
        assert change(str(file), _louder)
    copy = cut_off.NAME + SUFFIX
    expected = {(cut_off.BEFORE, cut_off.NAME), (cut_off.BEFORE, cut_off.NAME, copy)}
    expected |= {(cut_off.AFTER, cut_off.NAME, copy)}
    if what == "change":
        expected |= {(cut_off.BEFORE, cut_off.NAME, cut_off.NAME + _BEGUN)}
    assert states == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"quiet\n", b"quiet\nlouder\n"), (b"quiet\nlouder\n", b"quiet\n"), (b"a=1\nb=1\n", b"a=2\nb=22\n")],
)
def test_a_write_that_was_cut_off_within_can_be_taken_back(before: bytes, after: bytes, file: Path) -> None:
    writes = [(after, before), (before, after)]
    for over, under in writes:
        for written in range(len(over) + 1):
            file.write_bytes(before)
            change(str(file), lambda _: after)
            file.write_bytes(over[:written] + under[written:])
            assert put_back(str(file), lambda _: after)
            assert file.read_bytes() == before


def test_a_copy_that_was_begun_goes_only_where_it_holds_what_the_file_does(file: Path) -> None:
    begun = file.with_name("app.conf" + _BEGUN)
    begun.write_bytes(b"qui")
    assert not put_back(str(file), _louder)
    assert _names(file.parent) == ["app.conf"]
    begun.write_bytes(b"older")
    assert not put_back(str(file), _louder)
    assert begun.read_bytes() == b"older"


@pytest.mark.parametrize(
    ("content", "new"),
    [
        (b"one\ntwo\n", b"one\nTWO\n"),
        (b"one\r\ntwo\r\n", b"one\r\nTWO\r\n"),
        (b"one\r\ntwo\n", b"one\r\nTWO\n"),
        (b"two", b"TWO"),
    ],
)
def test_an_edit_of_text_leaves_the_line_ends(content: bytes, new: bytes) -> None:
    assert as_bytes(lambda text: text.replace("two", "TWO"))(content) == new


def test_an_edit_in_a_file_of_windows_sees_plain_lines() -> None:
    assert as_bytes(lambda text: text.replace("one\n", "one\nmore\n"))(b"one\r\ntwo\r\n") == b"one\r\nmore\r\ntwo\r\n"


def test_what_is_no_text_is_not_edited() -> None:
    with pytest.raises(CannotChangeError, match="not UTF-8"):
        as_bytes(str.upper)(b"\xff\xfe")


def test_files_of_which_a_copy_is_kept_or_was_begun_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inner").mkdir()
    for name in ("a.py" + SUFFIX, "a.py", "inner/b.py" + _BEGUN, "c.txt" + SUFFIX, "d.py"):
        (tmp_path / name).write_bytes(b"")
    assert list(kept_below("*.py")) == [Path("a.py"), Path("inner/b.py")]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
