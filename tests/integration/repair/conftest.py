"""What repairs in tests do not depend on."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Django project is asked for its jobs: neither this test run's own, nor by what a test starts."""
    monkeypatch.setattr("sickbay.repair.impact._installed", lambda: iter(()))
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
