"""The stored truth about jobs. One model and its QuerySet a file."""

from container_manager.models.artifact import Artifact
from container_manager.models.attempt import Attempt
from container_manager.models.container_job import ContainerJob
from container_manager.models.diagnosis import Diagnosis
from container_manager.models.environment_template import EnvironmentTemplate
from container_manager.models.executor_host import ExecutorHost
from container_manager.models.host_check import HostCheck
from container_manager.models.installation import Installation
from container_manager.models.job_array import JobArray
from container_manager.models.job_dependency import JobDependency
from container_manager.models.job_event import JobEvent
from container_manager.models.job_queue import JobQueue
from container_manager.models.job_schedule import JobSchedule, ScheduleTick
from container_manager.models.log_chunk import LogChunk
from container_manager.models.secret import Secret
from container_manager.models.worker import Worker

__all__ = [
    "Artifact",
    "Attempt",
    "ContainerJob",
    "Diagnosis",
    "EnvironmentTemplate",
    "ExecutorHost",
    "HostCheck",
    "Installation",
    "JobArray",
    "JobDependency",
    "JobEvent",
    "JobQueue",
    "JobSchedule",
    "LogChunk",
    "ScheduleTick",
    "Secret",
    "Worker",
]
