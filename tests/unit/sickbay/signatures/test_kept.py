"""What is kept for the next process is trusted only where nobody else can have put it there, and is never needed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sickbay.signatures import kept as kept_module
from sickbay.signatures.kept import PREFIX, Kept, key_of, user_cache
from sickbay.signatures.pattern import Pattern
from sickbay.signatures.scanner import Scanner, Way
from sickbay.signatures.vectorscan import Vectorscan
from tests.unit.sickbay.signatures.ways import needs_vectorscan

KEY = f"{PREFIX}one"
PATTERNS = [Pattern(id="one", expression="fail(?P<what> .*)?$"), Pattern(id="two", expression="x*")]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(folder=tmp_path / "sickbay")


def _file(kept: Kept) -> Path:
    (file,) = kept.folder.iterdir()
    return file


def test_what_was_stored_is_there_again(kept: Kept) -> None:
    kept.store(KEY, b"\x00data\n")
    assert kept.load(KEY) == b"\x00data\n"
    assert kept.load(f"{PREFIX}other") is None


def test_only_this_user_can_open_what_is_stored(kept: Kept) -> None:
    kept.store(KEY, b"data")
    assert kept.folder.stat().st_mode & 0o777 == 0o700
    assert _file(kept).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("place", [0, 20, -1])
def test_a_changed_byte_is_noticed(kept: Kept, place: int) -> None:
    kept.store(KEY, b"data")
    raw = bytearray(_file(kept).read_bytes())
    raw[place] ^= 1
    _file(kept).write_bytes(raw)
    assert kept.load(KEY) is None


@pytest.mark.parametrize("raw", [b"", b"sickbay", b"x" * 100])
def test_a_file_of_something_else_is_ignored_and_replaced(kept: Kept, raw: bytes) -> None:
    kept.store(KEY, b"data")
    _file(kept).write_bytes(raw)
    assert kept.load(KEY) is None
    kept.store(KEY, b"new")
    assert kept.load(KEY) == b"new"


def test_a_file_under_another_key_is_ignored(kept: Kept) -> None:
    kept.store(KEY, b"data")
    _file(kept).rename(kept.folder / f"{PREFIX}two")
    assert kept.load(f"{PREFIX}two") is None


def test_a_file_that_others_can_open_is_ignored(kept: Kept) -> None:
    kept.store(KEY, b"data")
    _file(kept).chmod(0o644)
    assert kept.load(KEY) is None


def test_a_folder_that_others_can_write_to_is_not_used(kept: Kept) -> None:
    kept.store(KEY, b"data")
    kept.folder.chmod(0o777)
    assert kept.load(KEY) is None
    kept.store(f"{PREFIX}two", b"data")
    assert [file.name for file in kept.folder.iterdir()] == [KEY]


def test_a_file_of_somebody_else_is_ignored(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.store(KEY, b"data")
    monkeypatch.setattr(kept_module.os, "geteuid", lambda: os.getuid() + 1)
    assert kept.load(KEY) is None


def test_a_link_is_not_followed(kept: Kept, tmp_path: Path) -> None:
    kept.store(KEY, b"data")
    elsewhere = tmp_path / "elsewhere"
    _file(kept).rename(elsewhere)
    (kept.folder / KEY).symlink_to(elsewhere)
    assert kept.load(KEY) is None


def test_a_pipe_is_not_waited_for(kept: Kept) -> None:
    kept.folder.mkdir(mode=0o700)
    os.mkfifo(kept.folder / KEY, 0o600)
    assert kept.load(KEY) is None


def test_where_nothing_can_be_written_nothing_is_kept_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    kept = Kept(folder=tmp_path / "file" / "sickbay")
    kept.store(KEY, b"data")
    assert kept.load(KEY) is None


def test_old_files_make_room_and_others_are_left_alone(kept: Kept) -> None:
    kept.store(KEY, b"data")
    (kept.folder / "mine").write_text("not ours")
    for number in range(20):
        kept.store(f"{PREFIX}{number}", b"data")
    names = {file.name for file in kept.folder.iterdir()}
    assert "mine" in names
    assert f"{PREFIX}19" in names
    assert len(names) < 16


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("/cache", "/cache/sickbay"), ("relative", "/home/one/.cache/sickbay"), ("", "/home/one/.cache/sickbay")],
)
def test_the_folder_is_the_user_s_own_cache(stated: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/one")
    monkeypatch.setenv("XDG_CACHE_HOME", stated)
    assert user_cache() == Kept(folder=Path(expected))


def test_a_key_says_what_was_asked_for_and_by_which_rules() -> None:
    rules, other_rules = ["factors.py"], ["telling.py"]
    assert key_of(rules, ["a", "b"]) == key_of(rules, ["a", "b"])
    assert len({key_of(rules, ["a", "b"]), key_of(rules, ["ab"]), key_of(other_rules, ["a", "b"])}) == 3


@needs_vectorscan
def test_a_database_that_is_read_back_finds_the_same(kept: Kept) -> None:
    text = b"ok\nfail hard\n\nx\n"
    compiled = Scanner(PATTERNS, way=Way.VECTORSCAN, kept=kept).scan(text)
    assert Vectorscan.loaded(PATTERNS, kept) is not None
    assert Scanner(PATTERNS, way=Way.VECTORSCAN, kept=kept).scan(text) == compiled
    assert Scanner(PATTERNS, way=Way.FIXED_TEXTS).scan(text) == compiled


@needs_vectorscan
def test_a_database_that_is_there_already_is_used_for_short_texts_too(kept: Kept) -> None:
    assert not isinstance(Scanner(PATTERNS, kept=kept).looker(1), Vectorscan)
    Vectorscan.compiled(PATTERNS, kept)
    assert isinstance(Scanner(PATTERNS, kept=kept).looker(1), Vectorscan)


@needs_vectorscan
@pytest.mark.parametrize("data", [b"", b"[]\n", b"[[], []]\nno database", b"nothing\n", b'[["x"], []]\n', b"[1, 2]\n"])
def test_what_the_library_does_not_take_is_compiled_again(kept: Kept, data: bytes) -> None:
    Vectorscan.compiled(PATTERNS, kept)
    kept.store(_file(kept).name, data)
    assert Vectorscan.loaded(PATTERNS, kept) is None
    assert [hit.line for hit in Scanner(PATTERNS, way=Way.VECTORSCAN, kept=kept).scan(b"\nfail")] == [2, 2]


@needs_vectorscan
def test_where_fixed_texts_are_on_every_line_the_patterns_themselves_are_looked_for(kept: Kept) -> None:
    patterns = [Pattern(id="one", expression="^connection to the server [cl]lost$")]
    noise = b"a connection to the server clost and found\n" * 20_000
    text = noise + b"connection to the server clost\n" + noise
    expected = [20_001]
    assert [hit.line for hit in Scanner(patterns, way=Way.VECTORSCAN, kept=kept).scan(text)] == expected
    compiled = len(list(kept.folder.iterdir()))
    assert compiled == 2  # the texts, and the patterns
    assert [hit.line for hit in Scanner(patterns, way=Way.VECTORSCAN, kept=kept).scan(text)] == expected
    assert len(list(kept.folder.iterdir())) == compiled


@needs_vectorscan
def test_for_a_short_text_full_of_fixed_texts_nothing_is_compiled(kept: Kept) -> None:
    patterns = [Pattern(id="one", expression="^connection to the server lost$")]
    text = b"a connection to the server lost and found\n" * 2_000 + b"connection to the server lost\n"
    assert [hit.line for hit in Scanner(patterns, way=Way.VECTORSCAN, kept=kept).scan(text)] == [2_001]
    assert len(list(kept.folder.iterdir())) == 1


def test_the_texts_of_patterns_are_kept_too(kept: Kept) -> None:
    text = b"ok\nfail hard"
    first = Scanner(PATTERNS, way=Way.FIXED_TEXTS, kept=kept).scan(text)
    assert _file(kept).stat().st_size > 0
    assert Scanner(PATTERNS, way=Way.FIXED_TEXTS, kept=kept).scan(text) == first
