from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.safety.effects import Resource
from sickbay.safety.protected import BUILTIN, Protected, ProtectedPathError, ProtectedPaths


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "app.log").write_text("a line\n")
    return folder


@pytest.fixture
def paths(tmp_path: Path, logs: Path) -> ProtectedPaths:
    return ProtectedPaths(
        [
            Protected(path=logs, holds=Resource.LOG),
            Protected(path=tmp_path / "db.sqlite3", holds=Resource.DATABASE),
            Protected(path=tmp_path / "settings.py", holds=Resource.CONFIGURATION),
        ]
    )


@pytest.mark.parametrize("resource", list(Resource))
def test_a_log_is_never_written(paths: ProtectedPaths, logs: Path, resource: Resource) -> None:
    with pytest.raises(ProtectedPathError, match="log"):
        paths.writable(logs / "app.log", resource)


def test_dots_do_not_lead_around_it(paths: ProtectedPaths, tmp_path: Path) -> None:
    (tmp_path / "free").mkdir()
    with pytest.raises(ProtectedPathError):
        paths.writable(tmp_path / "free" / ".." / "logs" / "app.log", Resource.FILE)


def test_a_link_does_not_lead_around_it(paths: ProtectedPaths, tmp_path: Path, logs: Path) -> None:
    link = tmp_path / "harmless"
    link.symlink_to(logs / "app.log")
    with pytest.raises(ProtectedPathError):
        paths.writable(link, Resource.FILE)


def test_a_linked_folder_does_not_lead_around_it(paths: ProtectedPaths, tmp_path: Path, logs: Path) -> None:
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(logs)
    with pytest.raises(ProtectedPathError):
        paths.writable(tmp_path / "one" / "new.log", Resource.FILE)


def test_dots_behind_a_link_are_followed_as_the_kernel_does(paths: ProtectedPaths, tmp_path: Path, logs: Path) -> None:
    (logs / "deep").mkdir()
    (tmp_path / "link").symlink_to(logs / "deep")
    with pytest.raises(ProtectedPathError):
        paths.writable(tmp_path / "link" / ".." / "app.log", Resource.FILE)


def test_a_protected_path_that_is_itself_a_link_protects_what_it_leads_to(tmp_path: Path, logs: Path) -> None:
    (tmp_path / "current").symlink_to(logs)
    paths = ProtectedPaths([Protected(path=tmp_path / "current", holds=Resource.LOG)])
    with pytest.raises(ProtectedPathError):
        paths.writable(logs / "app.log", Resource.FILE)


def test_a_second_name_does_not_lead_around_it(paths: ProtectedPaths, tmp_path: Path, logs: Path) -> None:
    (tmp_path / "second").hardlink_to(logs / "app.log")
    with pytest.raises(ProtectedPathError, match="other names"):
        paths.writable(tmp_path / "second", Resource.FILE)


def test_the_folder_above_is_protected_too(paths: ProtectedPaths, tmp_path: Path) -> None:
    with pytest.raises(ProtectedPathError, match="which holds"):
        paths.writable(tmp_path, Resource.FILE)


def test_configuration_is_changed_only_by_what_says_so(paths: ProtectedPaths, tmp_path: Path) -> None:
    settings = tmp_path / "settings.py"
    assert paths.writable(settings, Resource.CONFIGURATION) == settings.resolve()
    with pytest.raises(ProtectedPathError):
        paths.writable(settings, Resource.FILE)


def test_a_database_is_not_configuration(paths: ProtectedPaths, tmp_path: Path) -> None:
    with pytest.raises(ProtectedPathError):
        paths.writable(tmp_path / "db.sqlite3", Resource.CONFIGURATION)


def test_other_files_are_written_where_they_really_are(paths: ProtectedPaths, tmp_path: Path) -> None:
    (tmp_path / "free").mkdir()
    assert paths.writable(tmp_path / "free" / "." / "new", Resource.FILE) == (tmp_path / "free" / "new").resolve()


@pytest.mark.parametrize("each", BUILTIN, ids=lambda each: str(each.path))
def test_what_every_machine_keeps_is_protected(each: Protected) -> None:
    with pytest.raises(ProtectedPathError):
        ProtectedPaths().writable(each.path / "x", Resource.FILE)
