"""Makes and ends jobs that have to do with one another, as a process of its own, and prints what became of it.

It begins when the file that it is given first exists, so that several of them begin together.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import django


def main() -> None:
    """Do what the second argument says with the rest of them."""
    django.setup()
    begin, action, *arguments = sys.argv[1:]
    print("ready", flush=True)
    while not Path(begin).exists():
        time.sleep(0.002)
    print(json.dumps(ACTIONS[action](*arguments)))


def submit(count: str) -> list[tuple[int, bool]]:
    """Submit jobs under keys that others use too, each in a transaction that has more in it."""
    from django.db import transaction  # noqa: PLC0415  (Django must be set up first)

    from container_manager.models import JobQueue  # noqa: PLC0415  (likewise)
    from container_manager.services.submit import submit_job  # noqa: PLC0415  (likewise)

    answers = []
    for number in range(int(count)):
        with transaction.atomic():
            job = submit_job(image="debian", dedup_key=f"key {number}")
            JobQueue.objects.first()  # fails where the transaction is broken
        answers.append((job.id, job.made_now))
    return answers


def depend(*upstreams: str) -> list[int]:
    """Make a job after each of these jobs, and one after each two neighbors."""
    from container_manager.models import ContainerJob  # noqa: PLC0415  (Django must be set up first)

    ids = [int(upstream) for upstream in upstreams]
    awaited = [pair for number, pk in enumerate(ids) for pair in ([pk], ids[max(0, number - 1) : number + 1])]
    return [ContainerJob.objects.create_job(image="debian", after=some).pk for some in awaited]


def end(*jobs: str) -> list[int]:
    """Claim and complete these jobs, one after the other."""
    from container_manager.lifecycle.events import Ended  # noqa: PLC0415  (Django must be set up first)
    from container_manager.services.claims import claim_pending  # noqa: PLC0415  (likewise)
    from container_manager.services.host_records import active_hosts  # noqa: PLC0415  (likewise)
    from container_manager.services.recording import record_started  # noqa: PLC0415  (likewise)
    from container_manager.services.recording_ends import Ending, record_ended  # noqa: PLC0415  (likewise)

    hosts = [host.pk for host in active_hosts()]
    for job in jobs:
        # Where another claim has the row in hand, it is left out.
        while not (found := claim_pending("w", limit=1, hosts=hosts, only_job=int(job))):
            time.sleep(0.002)
        claimed = found[0]
        record_started(claimed.lease, "handle", None)
        record_ended(claimed.lease, Ending(kind="exited", event=Ended(reason=None), exit_code=0))
    return [int(job) for job in jobs]


def tick(rounds: str) -> list[int]:
    """Make the jobs of schedules that are due, again and again."""
    from container_manager.services.schedule_runs import due_schedules, run_schedule  # noqa: PLC0415  (likewise)

    made: list[int] = []
    for _ in range(int(rounds)):
        for schedule in due_schedules():
            made += run_schedule(schedule)
    return made


def hold(end: str, is_kept: str, *upstreams: str) -> int:
    """Submit an array and a job after these within a transaction, say so, and end it when this file exists."""
    from django.db import transaction  # noqa: PLC0415  (Django must be set up first)

    from container_manager.models import ContainerJob  # noqa: PLC0415  (likewise)
    from container_manager.services.submit import submit_job  # noqa: PLC0415  (likewise)

    with transaction.atomic():
        job = submit_job(image="debian", after=[int(upstream) for upstream in upstreams])
        ContainerJob.objects.create_array(image="debian", size=3, after=job)
        print("submitted", flush=True)
        while not Path(end).exists():
            time.sleep(0.002)
        transaction.set_rollback(is_kept == "no")
    return job.id


ACTIONS = {"hold": hold, "submit": submit, "depend": depend, "end": end, "tick": tick}


if __name__ == "__main__":
    main()
