"""Claims jobs as fast as it can until nothing is left, as a process of its own, and prints what it got."""

from __future__ import annotations

import json
import sys

import django


def main() -> None:
    """Claim until three looks in a row find nothing."""
    django.setup()
    from django.db import OperationalError  # noqa: PLC0415  (likewise)

    from container_manager.services.claims import claim_pending  # noqa: PLC0415  (Django must be set up first)
    from container_manager.services.host_records import active_hosts  # noqa: PLC0415  (likewise)
    from container_manager.worker.call_groups import passes_by_itself  # noqa: PLC0415  (likewise)

    hosts = [host.pk for host in active_hosts()]
    claimed: list[int] = []
    empty = 0
    while empty < 3:
        try:
            found = claim_pending(sys.argv[1], limit=int(sys.argv[2]), hosts=hosts)
        except OperationalError as error:
            if not passes_by_itself(error):
                raise
            continue  # as a worker does: SQLite lets one writer in, and not in their order
        claimed += [attempt.lease.job_id for attempt in found]
        empty = 0 if found else empty + 1
    print(json.dumps(claimed))


if __name__ == "__main__":
    main()
