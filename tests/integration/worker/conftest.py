from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from container_manager.executors import fake
from container_manager.models import ExecutorHost
from tests.crash.scratch import Scratch


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    place = Scratch(tmp_path)
    yield place
    place.close()


@pytest.fixture
def platform(settings: Any) -> Iterator[fake.FakePlatform]:
    settings.CONTAINER_MANAGER = {
        "poll_seconds": 0.05,
        "reconcile_seconds": 0.2,
        "log_flush_seconds": 0.05,
        "heartbeat_seconds": 0.2,
    }
    ExecutorHost.objects.create(name="fake", executor_type="fake", max_running=10)
    yield fake.platform("fake")
    fake.forget_platforms()
