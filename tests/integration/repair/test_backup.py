"""Backups of real files: what they hold, what is refused, and what stands again after they are put back."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from sickbay.repair.backup import DamagedBackupError, absolute, back_up, check, differing, load, put_back
from sickbay.repair.standing import BackupError, TooLargeError, read_standing
from tests.integration.repair.world import state_of


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with files, a folder, and links of several modes."""
    folder = tmp_path / "project"
    (folder / "settings" / "deep").mkdir(parents=True)
    (folder / "settings" / "one").write_text("1\n")
    (folder / "settings" / "deep" / "two").write_bytes(os.urandom(3000))
    (folder / "settings" / "link").symlink_to("one")
    (folder / "settings" / "nowhere").symlink_to("not-there")
    (folder / "settings" / "one").chmod(0o640)
    (folder / "settings" / "deep").chmod(0o711)
    (folder / "app.conf").write_text("listen 8000\n")
    (folder / "current").symlink_to("app.conf")
    return folder


def _all_of(folder: Path) -> list[Path]:
    return [folder / "settings", folder / "app.conf", folder / "later"]


def test_what_is_put_back_is_what_stood_there(project: Path, tmp_path: Path) -> None:
    before = state_of(project)
    backup = back_up(_all_of(project), tmp_path / "backup")
    (project / "settings" / "one").write_text("changed\n")
    (project / "settings" / "deep" / "two").unlink()
    (project / "settings" / "deep").chmod(0o700)
    (project / "app.conf").unlink()
    (project / "app.conf").mkdir()
    (project / "later").write_text("new\n")

    kept = differing(backup)
    assert [Path(each.path).name for each in kept] == ["settings", "app.conf", "later"]
    for number, each in enumerate(kept):
        put_back(backup, each, tmp_path / f"displaced-{number}")

    assert state_of(project) == before
    assert differing(backup) == ()
    assert (tmp_path / "displaced-0" / "one").read_text() == "changed\n"
    assert (tmp_path / "displaced-1").is_dir()
    assert (tmp_path / "displaced-2").read_text() == "new\n"


def test_a_link_is_kept_with_what_it_leads_to(project: Path, tmp_path: Path) -> None:
    before = state_of(project)
    backup = back_up([project / "current"], tmp_path / "backup")
    (project / "current").unlink()
    (project / "current").write_text("no link any more\n")
    (project / "app.conf").write_text("written through it\n")
    for number, each in enumerate(differing(backup)):
        put_back(backup, each, tmp_path / f"displaced-{number}")
    assert state_of(project) == before


def test_only_its_owner_may_read_it(project: Path, tmp_path: Path) -> None:
    backup = back_up(_all_of(project), tmp_path / "backup")
    for path in [backup.folder, *backup.folder.rglob("*")]:
        if not path.is_symlink():
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


@pytest.mark.parametrize("damage", ["content", "gone", "more", "manifest", "digest"])
def test_every_damage_is_found_before_anything_is_put_back(project: Path, tmp_path: Path, damage: str) -> None:
    backup = back_up(_all_of(project), tmp_path / "backup")
    (project / "app.conf").write_text("now\n")
    [copy] = backup.folder.glob("*/app.conf")
    match damage:
        case "content":
            copy.write_text("listen 8001\n")
        case "gone":
            copy.unlink()
        case "more":
            next(backup.folder.glob("*/settings")).joinpath("three").write_text("3\n")
        case "manifest":
            manifest = backup.folder / "manifest.json"
            manifest.write_text(manifest.read_text().replace('"mode":', '"mode":1'))
        case "digest":
            with pytest.raises(DamagedBackupError):
                load(backup.folder, "0" * 64)
            return
    with pytest.raises(DamagedBackupError):
        check(backup)
    with pytest.raises(DamagedBackupError):
        put_back(backup, differing(backup)[0], tmp_path / "displaced")
    assert (project / "app.conf").read_text() == "now\n"


def test_it_can_be_read_again_by_its_digest(project: Path, tmp_path: Path) -> None:
    backup = back_up(_all_of(project), tmp_path / "backup")
    assert load(backup.folder, backup.digest) == backup


def test_what_has_no_copy_is_refused(project: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(project / "settings" / "socket"))
        with pytest.raises(BackupError, match="has no copy"):
            back_up([project / "settings"], tmp_path / "backup")
    os.mkfifo(project / "pipe")
    with pytest.raises(BackupError):
        back_up([project / "pipe"], tmp_path / "backup2")


def test_what_is_too_large_is_refused(project: Path) -> None:
    with pytest.raises(TooLargeError):
        read_standing(project / "settings", most_bytes=1000)


@pytest.mark.parametrize("path", ["/var/log/x.log", "/var/lib/postgresql/16/main/base", "/"])
def test_logs_and_databases_are_never_put_back(path: str, tmp_path: Path) -> None:
    with pytest.raises(BackupError):
        back_up([Path(path)], tmp_path / "backup")


def test_a_file_with_a_second_name_is_refused(project: Path, tmp_path: Path) -> None:
    (project / "second").hardlink_to(project / "app.conf")
    with pytest.raises(BackupError, match="other names"):
        back_up([project / "app.conf"], tmp_path / "backup")


def test_a_second_backup_does_not_go_over_the_first(project: Path, tmp_path: Path) -> None:
    back_up(_all_of(project), tmp_path / "backup")
    with pytest.raises(BackupError, match="could not be written"):
        back_up(_all_of(project), tmp_path / "backup")


def test_a_name_is_seen_from_its_folder_and_its_last_link_is_not_followed(project: Path) -> None:
    assert absolute(project, "current") == project / "current"
    assert absolute(project, "settings/../app.conf") == project / "app.conf"
    assert absolute(project, ".") == project


@pytest.mark.root
def test_owners_are_put_back(project: Path, tmp_path: Path) -> None:
    os.chown(project / "app.conf", 1234, 1235)
    before = state_of(project)
    backup = back_up(_all_of(project), tmp_path / "backup")
    os.chown(project / "app.conf", 0, 0)
    put_back(backup, differing(backup)[0], tmp_path / "displaced")
    assert state_of(project) == before
