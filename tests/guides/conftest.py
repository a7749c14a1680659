"""What the symptoms of guides are given: a tiny image, a prefix for names, and nothing left behind."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from tests import engine


@pytest.fixture
def symptom_name() -> Iterator[str]:
    """Return a unique prefix for what a symptom makes; containers that are left with it are removed."""
    prefix = f"sickbay-symptom-{secrets.token_hex(4)}"
    yield prefix
    if engine.engine_available():
        for container in engine.oracle().containers.list(all=True, filters={"name": prefix}):
            container.remove(force=True)
