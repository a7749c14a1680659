"""The facts that conditions may speak of: name, kind, unit, meaning. A name that is not here is ignored when given."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FactType:
    """What a fact's name promises."""

    kind: type[bool] | type[int] | type[float] | type[str]
    meaning: str


def _known(kind: type[bool] | type[int] | type[float] | type[str], meaning: str) -> FactType:
    return FactType(kind=kind, meaning=meaning)


VOCABULARY: dict[str, FactType] = {
    # The case itself; these are also the keys of a context.
    "exit_code": _known(int, "what the command returned; 128 + N where signal N ended it"),
    "oom_killed": _known(bool, "the kernel killed one of its processes at its memory limit"),
    "memory_limit_mb": _known(float, "memory limit in MB (1024 * 1024 bytes)"),
    "peak_memory_mb": _known(float, "largest memory use in MB (1024 * 1024 bytes)"),
    "executor": _known(str, "what ran it: docker, process, podman …"),
    "command": _known(str, "the command as a person would type it"),
    "image": _known(str, "the image reference"),
    "platform": _known(str, "operating system and architecture, like linux/amd64"),
    # A test run.
    "tests_run": _known(int, "test cases of a run"),
    "tests_failed": _known(int, "test cases of a run that failed or could not be set up; each is a text of its own"),
    # A container job.
    "job_status": _known(str, "status of the job"),
    "failure_reason": _known(str, "why the attempt ended badly, as the worker recorded it"),
    "signal": _known(int, "the signal that ended the main process"),
    "outside_signal": _known(int, "a signal that somebody else than the worker sent through the engine"),
    "cancel_requested": _known(bool, "somebody asked for the job to be cancelled"),
    "timeout_seconds": _known(float, "the job's time limit"),
    "duration_seconds": _known(float, "how long it ran"),
    "cpu_limit": _known(float, "CPU limit in cores"),
    "user": _known(str, "the user the job asked to run as"),
    "working_directory": _known(str, "the working directory the job asked for"),
    "pending_seconds": _known(float, "how long the job has been waiting to start"),
    "queue_is_paused": _known(bool, "nothing of the job's queue begins until somebody resumes it"),
    "begins_later": _known(bool, "the time before which the job may not begin has not come"),
    "waits_for_jobs": _known(int, "other jobs, or arrays of them, whose end the job waits for"),
    "key_is_used_up": _known(bool, "as many jobs as may be are active with its concurrency key, or of its array"),
    # The place it runs in.
    "hosts_total": _known(int, "executor hosts that are configured"),
    "hosts_available": _known(int, "executor hosts that take new work"),
    "host_free_slots": _known(int, "attempts that the available hosts could still take"),
    "hosts_too_small": _known(int, "available hosts that could not hold the job even if they were empty"),
    "workers_alive": _known(int, "workers with a recent sign of life"),
    "host_is_healthy": _known(bool, "an executor host answered, when it was asked, that it is well"),
    "host_is_held_off": _known(bool, "it is given no new work for now: it flapped, or left launches without an answer"),
    "host_memory_mb": _known(float, "memory of the host in MB"),
    "host_cpus": _known(float, "processors of the host"),
}
