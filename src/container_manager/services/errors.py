"""What goes wrong in a service call, in words for the person who asked."""

from __future__ import annotations


class ServiceError(Exception):
    """Base of everything a service raises on purpose. Its text can be shown as it is."""


class UnknownJobError(ServiceError):
    """No job has this id."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"There is no job {job_id}.")
        self.job_id = job_id


class UnknownAttemptError(ServiceError):
    """The job has no attempt of this number."""

    def __init__(self, job_id: int, number: int, highest: int | None) -> None:
        there_are = "it has none yet" if highest is None else f"its last one is {highest}"
        super().__init__(f"Job {job_id} has no attempt {number}: {there_are}.")


class JobAlreadyEndedError(ServiceError):
    """The job is over: nothing can happen to it any more."""

    def __init__(self, job_id: int, status: str, how: str) -> None:
        super().__init__(f"Job {job_id} is over: {how}.")
        self.job_id = job_id
        self.status = status


class InvalidFilterError(ServiceError):
    """A list was asked for by something that does not exist."""


class UnknownHostError(ServiceError):
    """No host has this name."""

    def __init__(self, name: str, fix: str) -> None:
        super().__init__(f"No host is called {name[:100]!r}. {fix}")
        self.name = name
