"""A server's configuration file is put back only as the repair left it; without one nothing can be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.database import server_configuration

_BEFORE = "port = 1\nshared_bufers = 1\n"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the configuration of a server whose program knows every parameter but one."""
    program = tmp_path / "bin" / "postgres"
    program.parent.mkdir()
    file = tmp_path / "data" / "postgresql.conf"
    file.parent.mkdir()
    file.write_text(_BEFORE)
    said = f'unrecognized configuration parameter \\"shared_bufers\\" in file \\"{file}\\" line 2'
    program.write_text(f'#!/bin/sh\ngrep -q ^shared_bufers {file} || exit 0\necho "{said}" >&2\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return file


def test_without_a_configuration_nothing_can_be_asked(tmp_path: Path) -> None:
    assert server_configuration.check(folder=str(tmp_path)) == 3
    assert server_configuration.take_back(folder=str(tmp_path)) == 1


def test_the_unknown_line_becomes_a_comment_and_comes_back(server: Path) -> None:
    folder = str(server.parent)
    assert server_configuration.check(folder=folder) == 1
    assert server_configuration.comment_out(folder=folder) == 0
    assert server.read_text() == "port = 1\n# not known to this server: shared_bufers = 1\n"
    assert server_configuration.check(folder=folder) == 0
    assert server_configuration.comment_out(folder=folder) == 1
    assert server_configuration.take_back(folder=folder) == 0
    assert server.read_text() == _BEFORE


def test_what_somebody_changed_since_stays(server: Path) -> None:
    assert server_configuration.comment_out(folder=str(server.parent)) == 0
    changed = server.read_text() + "port = 2\n"
    server.write_text(changed)
    assert server_configuration.take_back(folder=str(server.parent)) == 1
    assert server.read_text() == changed
