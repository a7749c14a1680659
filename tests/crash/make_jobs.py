"""Makes hosts and jobs in a migrated database, as a process of its own: ``python -m tests.crash.make_jobs JSON``."""

from __future__ import annotations

import json
import sys

import django


def main() -> None:
    """Make what is asked for, and print the jobs' ids."""
    django.setup()
    from container_manager.models import ContainerJob, ExecutorHost, Installation  # noqa: PLC0415  (Django comes first)

    asked = json.loads(sys.argv[1])
    for host in asked["hosts"]:
        ExecutorHost.objects.get_or_create(name=host.pop("name"), defaults=host)
    jobs = [ContainerJob.objects.create_job(**job) for job in asked["jobs"]]
    print(json.dumps({"jobs": [job.pk for job in jobs], "installation": Installation.current_key()}))


if __name__ == "__main__":
    main()
