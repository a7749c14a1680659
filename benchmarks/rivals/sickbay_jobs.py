"""Our worker on jobs that do nothing, on a platform in memory."""

from __future__ import annotations

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402  (needs Django)

from benchmarks.rivals.timing import Timing  # noqa: E402  (needs Django set up)
from container_manager.executors import fake  # noqa: E402  (needs Django set up)
from container_manager.lifecycle.status import Status  # noqa: E402  (needs Django set up)
from container_manager.models import Attempt, ContainerJob, ExecutorHost  # noqa: E402  (needs Django set up)
from container_manager.worker.process import run_worker  # noqa: E402  (needs Django set up)
from container_manager.worker.progress import QuietReporter  # noqa: E402  (needs Django set up)
from container_manager.worker.supervisor import WorkerOptions  # noqa: E402  (needs Django set up)


def main(jobs: int, concurrency: int) -> None:
    """Submit, then run a worker until nothing is left."""
    call_command("migrate", verbosity=0)
    ExecutorHost.objects.create(name="memory", executor_type="fake", max_running=concurrency)
    fake.platform("memory").script(fake.FakeProgram())
    for _ in range(jobs):
        ContainerJob.objects.create_job(image="any:1", command=["true"])
    with Timing():
        run_worker(WorkerOptions(name="bench", concurrency=concurrency, once=True), QuietReporter())
    done = ContainerJob.objects.filter(status=Status.COMPLETED).count()
    cleared = Attempt.objects.filter(removed_at__isnull=False, log_complete=True).count()
    if (done, cleared) != (jobs, jobs):
        sys.exit(f"{done} completed and {cleared} cleared of {jobs}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
