"""The words for where a job stands and why an attempt ended badly."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """What *we* hold of a job. What the platform says is an observation (``executors.base``)."""

    PENDING = "pending"
    LAUNCHING = "launching"
    RUNNING = "running"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can happen to the job any more."""
        return self in TERMINAL

    @property
    def is_active(self) -> bool:
        """Whether the job holds, or may hold, a place on a host."""
        return self in ACTIVE


TERMINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.TIMEOUT, Status.CANCELLED})
ACTIVE = frozenset({Status.LAUNCHING, Status.RUNNING, Status.CANCELLING})


class FailureReason(StrEnum):
    """Why an attempt, or a job that waited, ended badly: exactly one."""

    EXIT_CODE = "exit_code"
    SIGNAL = "signal"
    OOM = "oom"
    TIMEOUT = "timeout"
    """One attempt ran longer than ``timeout_seconds``."""
    QUEUE_TIMEOUT = "queue_timeout"
    """No attempt began within ``queue_timeout_seconds``."""
    START_TIMEOUT = "start_timeout"
    """``start_timeout_seconds`` after its claim the attempt had not started."""
    TOTAL_TIMEOUT = "total_timeout"
    """All attempts together took longer than ``total_timeout_seconds``."""
    DEADLINE = "deadline"
    """The moment came after which nothing of the job may run."""
    CANCELLED = "cancelled"
    STOPPED_EXTERNALLY = "stopped_externally"
    IMAGE = "image"
    LAUNCH_REFUSED = "launch_refused"
    UNSUPPORTED = "unsupported"
    HOST_UNAVAILABLE = "host_unavailable"
    LOST = "lost"
