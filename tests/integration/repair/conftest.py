"""What repairs in tests do not depend on, and the project that the commands repair."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.repair.world import env_world


@pytest.fixture(autouse=True)
def no_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Django project is asked for its jobs: neither this test run's own, nor by what a test starts."""
    monkeypatch.setattr("sickbay.repair.impact._installed", lambda: iter(()))
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)


@pytest.fixture
def project(tmp_path: Path, sessions: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a project whose ``.env`` is a directory. Its sessions are its own."""
    folder = env_world(tmp_path).folder
    monkeypatch.chdir(folder)
    return folder
