"""What tests of the program ``sickbay`` share: sessions of their own, and calls as a user makes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sickbay.cli.app import app
from sickbay.safety.stops import Readings

#: To a session that began so, the machine of the tests becomes no worse, however busy it is.
WORST = Readings(disk_free=0.0, memory_pressure=100.0, load=1e6)

Told = Callable[..., tuple[int, str]]
"""Calls ``sickbay`` with these arguments; returns its exit code and what it printed."""


@pytest.fixture
def sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the test's own sessions, shown 80 columns wide, on a machine that stops none of them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "80")
    for module in ("repair_inputs", "session_commands"):
        monkeypatch.setattr(f"sickbay.cli.{module}.read_machine", lambda *_: WORST)
    return tmp_path / "state" / "sickbay" / "sessions"


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """Call ``sickbay`` within this process."""

    def run(*arguments: str) -> tuple[int, str]:
        code = app([*arguments], standalone_mode=False)
        return code, capsys.readouterr().out

    return run
