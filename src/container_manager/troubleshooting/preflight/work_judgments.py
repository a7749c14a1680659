"""Workers and hosts, judged. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sickbay.checks import Finding, problem, unclear, warning, well

NO_WORKER = "queue-worker-not-running"
NO_HOST = "executor-host-unavailable"

START = "Start one: python manage.py process_container_jobs"


@dataclass(frozen=True, kw_only=True)
class WorkReading:
    """How many workers take new jobs, how many only finish theirs, and how many jobs could begin now."""

    workers: int
    draining: int
    waiting: int


@dataclass(frozen=True, kw_only=True)
class HostReading:
    """A host in use. ``is_well`` is ``None`` where nobody knows; ``detail`` says what was found, and by whom."""

    name: str
    is_well: bool | None
    detail: str = ""
    is_draining: bool = False
    is_held_off: bool = False
    cause: str = ""

    @property
    def takes_work(self) -> bool:
        """Whether it would be given a job now, as far as is known."""
        return self.is_well is not False and not self.is_draining and not self.is_held_off


def judge_workers(reading: WorkReading) -> Finding:
    """Say whether somebody begins the jobs."""
    waiting = f"{reading.waiting} job{' waits' if reading.waiting == 1 else 's wait'}"
    if reading.workers:
        return well(f"{_counted(reading.workers, 'worker')} alive, {waiting}")
    evidence = [f"{waiting} to begin"] if reading.waiting else []
    if reading.draining:
        evidence.append(f"{_counted(reading.draining, 'worker')} alive that only finish what they run")
    if reading.waiting:
        return problem("No worker takes new jobs", evidence=tuple(evidence), advice=START, cause=NO_WORKER)
    return warning("No worker is alive; a job would wait", evidence=tuple(evidence), advice=START, cause=NO_WORKER)


def judge_hosts(hosts: Sequence[HostReading]) -> Finding:
    """Say whether there is a place where jobs can run."""
    if not hosts:
        advice = "The first python manage.py run_job registers what this machine has."
        return warning("No host is in use; a job would wait", advice=advice, cause=NO_HOST)
    evidence = tuple(_line(host) for host in hosts if not host.takes_work)
    advice = "Look at each: python manage.py check_hosts"
    cause = next((host.cause for host in hosts if host.cause), NO_HOST)
    if len(evidence) == len(hosts):
        return problem("No host takes new jobs", evidence=evidence, advice=advice, cause=cause)
    if evidence:
        detail = f"{len(evidence)} of {_counted(len(hosts), 'host')} take no new jobs"
        return warning(detail, evidence=evidence, advice=advice, cause=cause)
    unknown = [host for host in hosts if host.is_well is None]
    if unknown:
        detail = f"Nobody has looked at {', '.join(host.name for host in unknown)} lately"
        return unclear(detail, evidence=tuple(_line(host) for host in unknown), advice=advice)
    return well(", ".join(host.name for host in hosts))


def _line(host: HostReading) -> str:
    said = [host.detail] if host.detail else []
    if host.is_draining:
        said.append("it is draining")
    if host.is_held_off:
        said.append("it is held off for a while")
    return f"{host.name}: {'; '.join(said) or 'nothing is known'}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
