"""The choice of a host for a job, with the reason host by host. Pure.

A host takes a job when nothing stands against it: it is in use, well, and not draining; it bears the labels the job
asks for; it can honor the whole request; and what the job asks for fits beside what is promised to the attempts that
live on it. Memory is never promised twice unless the host says so. A job without a memory limit is promised none, and
counts by its place alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Obstacle(StrEnum):
    """What keeps a job off a host."""

    OTHER_HOST_NAMED = "other_host_named"
    INACTIVE = "inactive"
    DRAINING = "draining"
    UNHEALTHY = "unhealthy"
    HELD_OFF = "held_off"
    NOT_ISOLATED = "not_isolated"
    UNSUPPORTED = "unsupported"
    LABELS = "labels"
    TOO_LARGE = "too_large"
    """The host could not hold the job even if it were empty."""
    NO_PLACE = "no_place"
    MEMORY = "memory"
    CPU = "cpu"

    @property
    def passes(self) -> bool:
        """Whether it goes away by itself, as other jobs end."""
        return self in {Obstacle.NO_PLACE, Obstacle.MEMORY, Obstacle.CPU, Obstacle.HELD_OFF}

    @property
    def of_host(self) -> bool:
        """Whether it keeps every job off the host that does not name it."""
        return self in {
            Obstacle.INACTIVE,
            Obstacle.DRAINING,
            Obstacle.UNHEALTHY,
            Obstacle.HELD_OFF,
            Obstacle.NOT_ISOLATED,
        }


@dataclass(frozen=True, kw_only=True)
class Promised:
    """What is promised to the attempts that live on a host."""

    places: int = 0
    memory_mb: int = 0
    cpus: float = 0.0

    def plus(self, demand: Demand, *, places: int = 1) -> Promised:
        """Return what is promised once this job is there too, or, with no place, once its room is kept for it."""
        return Promised(
            places=self.places + places,
            memory_mb=self.memory_mb + (demand.memory_mb or 0),
            cpus=self.cpus + (demand.cpus or 0.0),
        )


@dataclass(frozen=True, kw_only=True)
class HostState:
    """What counts about one host. ``None`` means its size is not known, and then it is not a limit."""

    pk: int
    name: str
    max_running: int
    memory_mb: int | None = None
    cpus: float | None = None
    weight: int = 100
    labels: Mapping[str, str] = field(default_factory=dict)
    allow_overcommit: bool = False
    is_active: bool = True
    is_draining: bool = False
    is_healthy: bool | None = None
    health_detail: str = ""
    held_off: str = ""
    """Why it is given nothing for now though it may be well; empty where it is not held off."""
    isolation_refusal: str = ""
    unsupported: tuple[str, ...] = ()
    """The fields of the job that its executor cannot honor."""
    promised: Promised = field(default_factory=Promised)


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a job asks of a host. ``host`` is the only one it may run on, if it names one."""

    host: int | None = None
    memory_mb: int | None = None
    cpus: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Objection:
    """One thing that stands against a host, in words for a person."""

    obstacle: Obstacle
    message: str


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What speaks against one host, and how good it is where nothing does: more is better."""

    host: HostState
    objections: tuple[Objection, ...] = ()
    score: float = 0.0

    @property
    def fits(self) -> bool:
        """Whether the job can go there now."""
        return not self.objections

    @property
    def may_fit_later(self) -> bool:
        """Whether it is only a matter of waiting until other jobs have ended."""
        return all(objection.obstacle.passes for objection in self.objections)


def judge(host: HostState, demand: Demand) -> Judgement:
    """Say everything that stands against a host, or how good a place it is."""
    objections = tuple(_objections(host, demand))
    return Judgement(host=host, objections=objections, score=0.0 if objections else _score(host, demand))


def place(hosts: Iterable[HostState], demand: Demand) -> HostState | None:
    """Return the best host for a job, ``None`` where none takes it now."""
    fitting = [judgement for host in hosts if (judgement := judge(host, demand)).fits]
    best = max(fitting, key=lambda judgement: (judgement.score, -judgement.host.pk), default=None)
    return best.host if best is not None else None


def explain(hosts: Sequence[HostState], demand: Demand) -> tuple[Judgement, ...]:
    """Return every host's judgement: those that take the job first, then those that may later, then the rest."""
    judged = [judge(host, demand) for host in hosts]
    return tuple(sorted(judged, key=lambda j: (not j.fits, not j.may_fit_later, -j.score, j.host.name)))


def with_job(host: HostState, demand: Demand, *, places: int = 1) -> HostState:
    """Return the host as it is once this job is on it, or, with no place, once its room is kept for it."""
    return replace(host, promised=host.promised.plus(demand, places=places))


def _objections(host: HostState, demand: Demand) -> Iterable[Objection]:
    if demand.host is not None and demand.host != host.pk:
        yield Objection(obstacle=Obstacle.OTHER_HOST_NAMED, message="the job names another host")
        return
    yield from _standing(host, demand)
    yield from _labels(host, demand)
    yield from _room(host, demand)


def _standing(host: HostState, demand: Demand) -> Iterable[Objection]:
    if not host.is_active:
        yield Objection(obstacle=Obstacle.INACTIVE, message="it is switched off")
    if host.is_draining:
        yield Objection(obstacle=Obstacle.DRAINING, message="it is draining: it takes no new work")
    if host.is_healthy is False:
        words = f": {host.health_detail}" if host.health_detail else ""
        yield Objection(obstacle=Obstacle.UNHEALTHY, message=f"its last health check failed{words}")
    if host.held_off:
        yield Objection(obstacle=Obstacle.HELD_OFF, message=host.held_off)
    # A job that names an unisolated host is refused with the reason; one that names none never lands there.
    if host.isolation_refusal and demand.host is None:
        yield Objection(obstacle=Obstacle.NOT_ISOLATED, message=host.isolation_refusal)
    if host.unsupported:
        fields = ", ".join(host.unsupported)
        yield Objection(obstacle=Obstacle.UNSUPPORTED, message=f"its executor cannot honor {fields}")


def _labels(host: HostState, demand: Demand) -> Iterable[Objection]:
    for name, wanted in sorted(demand.labels.items()):
        if name not in host.labels:
            message = f"it has no label {name}; the job asks for {name}={wanted}"
        elif host.labels[name] != wanted:
            message = f"its label {name} is {host.labels[name]}; the job asks for {wanted}"
        else:
            continue
        yield Objection(obstacle=Obstacle.LABELS, message=message)


def _room(host: HostState, demand: Demand) -> Iterable[Objection]:
    promised = host.promised
    if promised.places >= host.max_running:
        message = f"all {host.max_running} of its places are taken"
        yield Objection(obstacle=Obstacle.NO_PLACE, message=message)
    if host.allow_overcommit:
        return
    if host.memory_mb is not None and demand.memory_mb is not None:
        left = host.memory_mb - promised.memory_mb
        if demand.memory_mb > host.memory_mb:
            message = f"it has {host.memory_mb} MB of memory in all; the job asks for {demand.memory_mb}"
            yield Objection(obstacle=Obstacle.TOO_LARGE, message=message)
        elif demand.memory_mb > left:
            message = f"{max(0, left)} of its {host.memory_mb} MB are free; the job asks for {demand.memory_mb}"
            yield Objection(obstacle=Obstacle.MEMORY, message=message)
    if host.cpus is not None and demand.cpus is not None:
        free = host.cpus - promised.cpus
        if demand.cpus > host.cpus:
            message = f"it has {host.cpus:g} processors in all; the job asks for {demand.cpus:g}"
            yield Objection(obstacle=Obstacle.TOO_LARGE, message=message)
        elif demand.cpus > free + _ROUNDING:
            message = f"{max(0.0, free):g} of its {host.cpus:g} processors are free; the job asks for {demand.cpus:g}"
            yield Objection(obstacle=Obstacle.CPU, message=message)


#: Sums of tenths of a processor are not exact.
_ROUNDING = 1e-6


def _score(host: HostState, demand: Demand) -> float:
    """The smallest free share of anything once the job is there, times the weight: work spreads, evenly by weight."""
    after = host.promised.plus(demand)
    shares = [1 - after.places / host.max_running]
    if host.memory_mb:
        shares.append(1 - after.memory_mb / host.memory_mb)
    if host.cpus:
        shares.append(1 - after.cpus / host.cpus)
    return (1 + max(-1.0, min(shares))) * host.weight
