"""Makes hosts and jobs in a migrated database, as a process of its own: ``python -m tests.crash.make_jobs FILE``."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django


def main() -> None:
    """Make what is asked for, and print the jobs' ids."""
    django.setup()
    from django.db import transaction  # noqa: PLC0415  (Django must be set up first)

    from container_manager.models import ContainerJob, ExecutorHost, Installation  # noqa: PLC0415  (likewise)
    from container_manager.services.secrets import set_secret  # noqa: PLC0415  (likewise)

    asked = json.loads(Path(sys.argv[1]).read_text())
    for name, value in asked["secrets"].items():
        set_secret(name, value)
    for job in asked["jobs"]:
        for moment in {"not_before", "deadline"} & set(job):
            job[moment] = timedelta(seconds=job[moment])
    for host in asked["hosts"]:
        ExecutorHost.objects.get_or_create(name=host.pop("name"), defaults=host)
    with transaction.atomic():
        jobs = [
            ContainerJob.objects.create_job(**_copy(job, n)) for n in range(asked["copies"]) for job in asked["jobs"]
        ]
    print(json.dumps({"jobs": [job.pk for job in jobs], "installation": Installation.current_key()}))


def _copy(job: dict[str, Any], number: int) -> dict[str, Any]:
    """Let each copy note that it ran in a file of its own."""
    environment = job.get("environment", {})
    if not number or "TRACE" not in environment:
        return job
    return {**job, "environment": {**environment, "TRACE": f"{environment['TRACE']}-{number}"}}


if __name__ == "__main__":
    main()
