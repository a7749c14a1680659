"""Jobs with an attempt that ended as a test says."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from container_manager.lifecycle.status import FailureReason, Status
from container_manager.models import Attempt, ContainerJob, ExecutorHost, LogChunk

_STATUS = {"": Status.COMPLETED, FailureReason.TIMEOUT: Status.TIMEOUT, FailureReason.CANCELLED: Status.CANCELLED}

EndedAttempt = Callable[..., Attempt]


@pytest.fixture
def host(db: None) -> ExecutorHost:
    return ExecutorHost.objects.create(name="near", executor_type="docker", max_running=2, is_healthy=True)


@pytest.fixture
def ended(host: ExecutorHost) -> EndedAttempt:
    """Return a function that makes a job and its ended attempt; ``stdout`` and ``stderr`` are what it wrote."""

    def make(*, stdout: bytes = b"", stderr: bytes = b"", job: dict[str, Any] | None = None, **outcome: Any) -> Attempt:
        request = ContainerJob.objects.create_job(**{"image": "example/app:1", "command": ["run"], **(job or {})})
        now = timezone.now()
        status = _STATUS.get(outcome.get("failure_reason", ""), Status.FAILED)
        ContainerJob.objects.filter(pk=request.pk).update(status=status, finished_at=now)
        attempt = Attempt.objects.create(
            job=ContainerJob.objects.get(pk=request.pk),
            host=host,
            number=1,
            started_at=now - timedelta(seconds=5),
            finished_at=now,
            ended_at=now,
            **outcome,
        )
        for position, (stream, data) in enumerate((("stdout", stdout), ("stderr", stderr))):
            store_log(attempt, stream, data, position=position)
        return attempt

    return make


def store_log(attempt: Attempt, stream: str, data: bytes, *, position: int, offset: int = 0) -> None:
    """Store one chunk of a stream."""
    if data:
        LogChunk.objects.create(
            attempt=attempt,
            position=position,
            stream=stream,
            offset=offset,
            size=len(data),
            first_written_at=timezone.now(),
            data=zlib.compress(data),
        )
