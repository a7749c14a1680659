"""The room that hosts have, given out job by job."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from container_manager.models import ContainerJob, ExecutorHost
from container_manager.scheduling.placement import (
    Demand,
    HostState,
    Obstacle,
    Promised,
    explain,
    place,
    with_job,
)
from container_manager.services.host_states import demand_of, for_spec, host_states
from container_manager.services.prepared import PreparedSelect


class Rooms:
    """The room of the available hosts, by :mod:`container_manager.scheduling.placement`.

    The hosts' rows stay locked until the transaction ends, so that two workers cannot fill the same place twice. Offer
    the jobs in their order: a job that has to wait for memory or processors keeps what is free for it on one host, so
    that smaller ones behind it do not take it away for ever.
    """

    def __init__(self, among: Collection[int]) -> None:
        """Lock those of these hosts that are available, and count."""
        self._hosts: dict[int, ExecutorHost] = {host.pk: host for host in _LOCKED(ids=list(among))} if among else {}
        states = host_states(self._hosts.values())
        self._states = {state.pk: state for state in states if state.promised.places < state.max_running}

    @property
    def hosts(self) -> Sequence[int]:
        """The hosts that have a place left."""
        return list(self._states)

    @property
    def take_any(self) -> bool:
        """Whether some host can take a job that names none."""
        return any(not state.isolation_refusal for state in self._states.values())

    def take(self, job: ContainerJob) -> ExecutorHost | None:
        """Return the host for this job and use up its room there, or ``None`` when there is none (any more)."""
        demand = demand_of(job)
        seen = list(self._seen_by(job))
        chosen = place(seen, demand)
        if chosen is None:
            self._keep_room(seen, demand)
            return None
        after = with_job(self._states[chosen.pk], demand)
        self._states[chosen.pk] = after
        if after.promised.places >= after.max_running:
            del self._states[chosen.pk]
        return self._hosts[chosen.pk]

    def _seen_by(self, job: ContainerJob) -> Iterable[HostState]:
        if job.host_id is not None:
            # What a named host cannot honor is refused there with the reason: the job does not wait for ever.
            return [self._states[job.host_id]] if job.host_id in self._states else []
        spec = job.run_spec()
        return [for_spec(state, self._hosts[pk], spec) for pk, state in self._states.items()]

    def _keep_room(self, seen: Iterable[HostState], demand: Demand) -> None:
        """Keep a job's room on the host that needs the least to be freed for it."""
        waiting_for = {Obstacle.MEMORY, Obstacle.CPU}
        candidates = [
            judgement.host
            for judgement in explain(list(seen), demand)
            if judgement.objections and {o.obstacle for o in judgement.objections} <= waiting_for
        ]
        if candidates:
            best = min(candidates, key=lambda state: (_missing_share(state, demand), state.pk))
            state = self._states[best.pk]
            self._states[best.pk] = with_job(state, demand, places=0)


_LOCKED = PreparedSelect(
    lambda given: (
        ExecutorHost.objects.available().filter(pk__in=given.all("ids")).select_for_update(no_key=True).order_by("pk")
    )
)


def _missing_share(state: HostState, demand: Demand) -> float:
    missing = [0.0]
    wanted: Promised = state.promised.plus(demand)
    if state.memory_mb:
        missing.append(wanted.memory_mb / state.memory_mb - 1)
    if state.cpus:
        missing.append(wanted.cpus / state.cpus - 1)
    return max(missing)
