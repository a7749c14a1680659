"""Puts jobs into the database as workers leave them, for tests of what reads them."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from container_manager.models import Attempt, ContainerJob, Diagnosis, ExecutorHost, LogChunk

STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FINISHED = STARTED + timedelta(seconds=75)

REPORT = {
    "verdicts": [
        {
            "cause": "container-command-not-found",
            "certainty": "confirmed",
            "title": "The command does not exist in the image",
            "class": "docker",
            "evidence": [{"source": "stderr", "line": 4, "text": "sh: foo: not found"}],
            "repair": "Install the program in the image.",
            "guide": "command-not-found",
        }
    ],
    "looked_at": [{"source": "stderr", "detail": "4 lines"}],
    "unknown": False,
    "engine": "0.1.0",
}


class JobStore:
    """Makes hosts, jobs, attempts, and their logs."""

    def host(self, name: str = "local", **fields: Any) -> ExecutorHost:
        return ExecutorHost.objects.get_or_create(name=name, defaults=fields)[0]

    def job(self, **fields: Any) -> ContainerJob:
        return ContainerJob.objects.create_job(**{"image": "debian:12", "command": ["true"], **fields})

    def ended(self, status: str = "completed", *, attempt: dict[str, Any] | None = None, **fields: Any) -> ContainerJob:
        job = self.job(**fields)
        self.attempt(job, **{"finished_at": FINISHED, "ended_at": FINISHED, "log_complete": True, **(attempt or {})})
        ContainerJob.objects.filter(pk=job.pk).update(status=status, finished_at=FINISHED)
        job.refresh_from_db()
        return job

    def running(self, **fields: Any) -> ContainerJob:
        job = self.job(**fields)
        self.attempt(job)
        ContainerJob.objects.filter(pk=job.pk).update(status="running")
        job.refresh_from_db()
        return job

    def attempt(self, job: ContainerJob, **fields: Any) -> Attempt:
        number = job.attempts.count() + 1
        return Attempt.objects.create(
            **{"job": job, "host": self.host(), "number": number, "started_at": STARTED, **fields}
        )

    def log(self, attempt: Attempt, *pieces: tuple[str, int, bytes]) -> None:
        begin = attempt.log_chunks.count()
        for position, (stream, offset, data) in enumerate(pieces, begin):
            LogChunk.objects.create(
                attempt=attempt,
                position=position,
                stream=stream,
                offset=offset,
                size=len(data),
                first_written_at=STARTED,
                data=zlib.compress(data),
            )

    def diagnosis(self, attempt: Attempt, **fields: Any) -> Diagnosis:
        known = {
            "cause": "container-command-not-found",
            "certainty": "confirmed",
            "title": "Not there",
            "report": REPORT,
        }
        return Diagnosis.objects.create(attempt=attempt, **{**known, **fields})
