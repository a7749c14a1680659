"""A worker dies at each step as if by ``kill -9``; the next one finishes its job as if nothing had happened."""

import signal
from collections.abc import Iterable

import pytest

from container_manager.fault_points import FAULT_POINTS
from tests import engine
from tests.crash.audit import WHOLE, audit
from tests.crash.faulty_registry import ThreadedRegistry
from tests.crash.programs import countable
from tests.crash.scratch import PATIENCE_SECONDS, Scratch

pytestmark = pytest.mark.reliability(1)

#: Where an image is brought, a step of Docker's alone.
_PULLS = ("pulling", "pulled")

_STEPS = [point for point in FAULT_POINTS if point not in _PULLS] + ["log-read:2", "log-stored:3"]

#: On every run; the matrix has all.
_ALWAYS = {"claimed", "creating", "started", "start-recorded", "log-stored:3", "outcome-recorded", "container-removed"}


def _points(points: Iterable[str], always: set[str]) -> list[object]:
    return [point if point in always else pytest.param(point, marks=pytest.mark.matrix) for point in points]


@pytest.mark.parametrize("fault_point", _points(_STEPS, _ALWAYS))
def test_a_job_ends_once_and_whole_wherever_its_worker_was_killed(scratch: Scratch, fault_point: str) -> None:
    # Only a job that has secrets is given any.
    secret = {"secrets": {"KEY": "stored"}} if fault_point == "secrets" else {}
    [job] = scratch.make(countable(**secret), secrets={"stored": "a stored value"})

    _die_and_be_replaced(scratch, fault_point)

    audit(scratch, {job: WHOLE})
    assert scratch.times_run(job) == 1
    assert scratch.events(job).count("started") == 1


@pytest.mark.docker
@pytest.mark.parametrize(
    "fault_point",
    _points((p for p in _STEPS if p not in {"secrets", "log-read:2", "log-stored:3"}), {"created", "outcome-recorded"}),
)
def test_a_container_is_adopted_and_never_doubled(scratch: Scratch, fault_point: str) -> None:
    [job] = scratch.make(countable(image=engine.test_image()), host={"name": "local", "executor_type": "docker"})

    _die_and_be_replaced(scratch, fault_point)

    audit(scratch, {job: WHOLE})
    assert scratch.times_run(job) == 1


@pytest.mark.docker
@pytest.mark.parametrize("fault_point", _points(_PULLS, {"pulled"}))
def test_a_worker_that_dies_while_it_brings_an_image_leaves_nothing_half_done(
    scratch: Scratch, registry: ThreadedRegistry, fault_point: str
) -> None:
    job = countable(image=registry.image("killed"))
    [job_id] = scratch.make(job, host={"name": "local", "executor_type": "docker"})

    _die_and_be_replaced(scratch, fault_point)

    audit(scratch, {job_id: WHOLE})
    assert scratch.times_run(job_id) == 1


def _die_and_be_replaced(scratch: Scratch, fault_point: str) -> None:
    first = scratch.worker(fault_point=fault_point)
    assert first.wait(timeout=PATIENCE_SECONDS) == -signal.SIGKILL, scratch.said(first)
    second = scratch.worker()
    scratch.wait_until_cleared()
    assert scratch.end(second) == 0
