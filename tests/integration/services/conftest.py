"""Jobs in every state, as workers leave them."""

from __future__ import annotations

import pytest

from tests.integration.stored import JobStore


@pytest.fixture
def store(db) -> JobStore:
    return JobStore()
