"""What a repair on this machine would interrupt, as the database knows it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from django.db import DatabaseError

from container_manager.models import Attempt
from container_manager.troubleshooting import impact
from container_manager.troubleshooting.django_project import NoJobsHereError
from container_manager.troubleshooting.impact import running_jobs
from sickbay.repair.impact import ImpactUnknownError, Inquiry, impact_of
from sickbay.repair.touching import Touched
from sickbay.safety.effects import Reach, Resource, Verb
from tests.integration.stored import JobStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> JobStore:
    return JobStore()


def _touched(resource: Resource) -> Touched:
    return Touched(verb=Verb.CHANGE, resource=resource, reach=Reach.ONE_HOST)


def _asked(resources: Iterable[Resource]) -> list[str]:
    return running_jobs(Inquiry(host="here", touched=tuple(map(_touched, resources))))


def _hosts(store: JobStore) -> dict[str, int]:
    """A running job on each kind of host, and one that is over; their numbers by the hosts' names."""
    jobs = {}
    for name, executor_type, address in (
        ("near", "docker", ""),
        ("socket", "docker", "unix:///run/user/1000/docker.sock"),
        ("far", "docker", "tcp://engine.example:2376"),
        ("plain", "process", ""),
    ):
        host = store.host(name, executor_type=executor_type, address=address)
        job = store.job(image="app:1")
        store.attempt(job, host=host)
        jobs[name] = job.pk
    store.ended()
    return jobs


def test_jobs_on_this_machines_engine_depend_on_its_containers(store: JobStore) -> None:
    jobs = _hosts(store)
    assert _asked([Resource.NETWORK]) == [
        f"job {jobs['near']} (app:1) runs on the host near, attempt 1",
        f"job {jobs['socket']} (app:1) runs on the host socket, attempt 1",
    ]


def test_plain_processes_depend_on_the_machine_and_not_on_the_engine(store: JobStore) -> None:
    jobs = _hosts(store)
    lines = _asked([Resource.SERVICE])
    assert [line.split()[1] for line in lines] == [str(jobs[name]) for name in ("near", "socket", "plain")]


def test_files_have_no_jobs(store: JobStore) -> None:
    _hosts(store)
    assert _asked([Resource.FILE, Resource.CONFIGURATION, Resource.IMAGE]) == []


def test_without_a_project_there_are_no_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing_here() -> None:
        raise NoJobsHereError("No Django project is found here.")

    monkeypatch.setattr(impact, "set_up_django", nothing_here)
    assert _asked([Resource.HOST]) == []


def test_what_cannot_be_asked_is_unknown_and_not_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise DatabaseError("the connection was refused")

    monkeypatch.setattr(Attempt.objects, "live", away)
    with pytest.raises(ImpactUnknownError, match="refused"):
        _asked([Resource.HOST])


def test_the_engine_finds_it_by_its_entry_point(
    store: JobStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    jobs = _hosts(store)
    point = EntryPoint(name="jobs", value=f"{impact.__name__}:running_jobs", group="sickbay.impact")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [point] if group == point.group else [])
    found = impact_of([_touched(Resource.HOST)], engine=tmp_path / "no-engine.sock")
    assert found.lines is not None
    assert [line.split()[1] for line in found.lines] == [str(jobs[name]) for name in ("near", "socket", "plain")]
    monkeypatch.setattr(Attempt.objects, "live", _broken)
    unknown = impact_of([_touched(Resource.HOST)], engine=tmp_path / "no-engine.sock")
    assert (unknown.lines, "does not answer" in unknown.why) == (None, True)


def _broken() -> None:
    raise DatabaseError("gone")
