"""A server's configuration file is put back only as the repair left it; without one nothing can be asked."""

from __future__ import annotations

from pathlib import Path

from sickbay.guides.database import server_configuration
from sickbay.guides.marked_line import MARK


def test_without_a_configuration_nothing_can_be_asked(tmp_path: Path) -> None:
    assert server_configuration.check(folder=str(tmp_path)) == 3


def test_a_line_that_was_commented_out_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "postgresql.conf"
    file.write_text(f"port = 1\n{MARK}shared_bufers = 1\n# not known to this server: shared_bufers = 1\n")
    assert server_configuration.take_back(folder=str(tmp_path)) == 0
    assert file.read_text() == "port = 1\nshared_bufers = 1\n"
    assert server_configuration.take_back(folder=str(tmp_path)) == 1
