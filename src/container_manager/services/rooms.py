"""How much room hosts have, derived from the attempts that live on them and never from a counter."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from container_manager.models import ContainerJob, ExecutorHost
from container_manager.services.host_records import isolation_refusal, record, running_by_host


class Rooms:
    """The free places of the available hosts, given out one by one.

    The hosts' rows stay locked until the transaction ends, so that two workers cannot fill the same place twice.
    """

    def __init__(self, among: Collection[int]) -> None:
        """Lock those of these hosts that are available, and count."""
        hosts = ExecutorHost.objects.available().filter(pk__in=among).select_for_update().order_by("pk")
        self._hosts = {host.pk: host for host in hosts}
        running = running_by_host()
        free = {pk: host.max_running - running.get(pk, 0) for pk, host in self._hosts.items()}
        self._free = {pk: places for pk, places in free.items() if places > 0}
        # A job that names an unisolated host is refused with the reason; one that names none never lands there.
        self._open = {pk for pk in self._free if not isolation_refusal(record(self._hosts[pk]))}

    @property
    def hosts(self) -> Sequence[int]:
        """The hosts that can take a job that names them."""
        return list(self._free)

    @property
    def take_any(self) -> bool:
        """Whether some host can take a job that names none."""
        return bool(self._open)

    def take(self, job: ContainerJob) -> ExecutorHost | None:
        """Return the host for this job and use up one of its places, or ``None`` when there is none (any more)."""
        pk = job.host_id if job.host_id is not None else self._roomiest()
        if pk is None or pk not in self._free:
            return None
        self._free[pk] -= 1
        if not self._free[pk]:
            del self._free[pk]
            self._open.discard(pk)
        return self._hosts[pk]

    def _roomiest(self) -> int | None:
        """The open host with the largest free share of its places, weighted."""

        def share(pk: int) -> tuple[float, int]:
            host = self._hosts[pk]
            return (self._free[pk] / host.max_running * host.weight, -pk)

        return max(self._open, key=share, default=None)
