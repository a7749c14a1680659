"""The worker of django-tasks' database backend on tasks that do nothing; it runs one at a time."""

from __future__ import annotations

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.rivals.django_tasks_settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402  (needs Django)
from django_tasks_db.models import DBTaskResult  # noqa: E402  (needs Django set up)

from benchmarks.rivals.nothing import nothing  # noqa: E402  (needs Django set up)
from benchmarks.rivals.timing import Timing  # noqa: E402  (needs Django set up)


def main(jobs: int) -> None:
    """Submit, then run a worker until nothing is left."""
    call_command("migrate", verbosity=0)
    for _ in range(jobs):
        nothing.enqueue()
    with Timing():
        call_command("db_worker", batch=True, startup_delay=False, verbosity=0, reload=False)
    done = DBTaskResult.objects.successful().count()
    if done != jobs:
        sys.exit(f"{done} of {jobs} are done")


if __name__ == "__main__":
    main(int(sys.argv[1]))
