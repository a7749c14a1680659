"""What models offer and other rooms do: the app connects the two when it starts."""

from __future__ import annotations

from container_manager.models.executor_host import ExecutorHost, HostHealth
from container_manager.worker.checkup import check_host


def _check(host_id: int) -> HostHealth:
    found = check_host(host_id).fingerprint
    return HostHealth(
        is_healthy=found.healthy, detail=found.detail, version=found.version, latency_seconds=found.latency_seconds
    )


ExecutorHost.checker = staticmethod(_check)
