"""The stored truth about jobs. One model and its QuerySet a file."""

from container_manager.models.attempt import Attempt
from container_manager.models.container_job import ContainerJob
from container_manager.models.diagnosis import Diagnosis
from container_manager.models.executor_host import ExecutorHost
from container_manager.models.installation import Installation
from container_manager.models.job_event import JobEvent
from container_manager.models.log_chunk import LogChunk
from container_manager.models.worker import Worker

__all__ = [
    "Attempt",
    "ContainerJob",
    "Diagnosis",
    "ExecutorHost",
    "Installation",
    "JobEvent",
    "LogChunk",
    "Worker",
]
