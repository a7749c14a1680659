"""Rights are read by number; a path is given away only with a note of whose it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sickbay.guides.function_parts import UNREADABLE, WELL, WRONG
from sickbay.guides.mounts import mounted_paths

HERE = f"{os.getuid()}:{os.getgid()}"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store"
    path.mkdir(mode=0o755)
    return path


@pytest.mark.parametrize(
    ("mode", "user", "code"),
    [
        (0o755, f"{os.getuid()}:99999", WELL),
        (0o775, f"99999:{os.getgid()}", WELL),
        (0o755, f"99999:{os.getgid()}", WRONG),
        (0o777, "99999:99999", WELL),
        (0o755, "99999:99999", WRONG),
        (0o500, "0:0", WELL),
    ],
)
def test_owner_group_and_others_are_told_apart(mode: int, user: str, code: int, store: Path) -> None:
    store.chmod(mode)
    assert mounted_paths.rights(str(store), user) == code


def test_a_path_that_is_not_there_cannot_be_asked(store: Path) -> None:
    assert mounted_paths.rights(str(store / "none"), "1:1") == UNREADABLE


def test_a_path_is_given_back_to_whom_it_belonged(store: Path) -> None:
    assert mounted_paths.give(str(store), HERE) == WELL
    assert store.with_name("store.owner").read_text() == f"{HERE}\n"
    assert mounted_paths.give_back(str(store), HERE) == WELL
    assert [path.name for path in store.parent.iterdir()] == ["store"]


def test_a_path_that_somebody_else_has_by_now_is_left_to_them(store: Path) -> None:
    mounted_paths.give(str(store), HERE)
    assert mounted_paths.give_back(str(store), "99999:99999") == WRONG
    assert store.with_name("store.owner").exists()


def test_a_note_that_is_there_already_is_never_written_over(store: Path) -> None:
    store.with_name("store.owner").write_text("1:1\n")
    assert mounted_paths.give(str(store), HERE) == WRONG
    assert store.with_name("store.owner").read_text() == "1:1\n"
