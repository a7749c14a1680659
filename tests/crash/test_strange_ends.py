"""Ends that are easily misread: memory, signals, codes that look like signals, and hands from outside."""

import contextlib

import pytest
from docker.errors import NotFound
from docker.models.containers import Container

from tests import engine
from tests.crash.audit import Expected, audit
from tests.crash.programs import counted
from tests.crash.scratch import Scratch

pytestmark = [pytest.mark.docker, pytest.mark.reliability(14)]

_EATS = "dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null"


def test_what_killed_a_job_is_told_apart(scratch: Scratch) -> None:
    scripts = {
        "oom": counted(f'exec sh -c "exec {_EATS.split(" 2>", maxsplit=1)[0]}"', memory_limit=16),
        "oom in a child, exit 0": counted(f"{_EATS}; echo went on; exit 0", memory_limit=16),
        "oom in a child, exit 137": counted(f"{_EATS} || exit 137", memory_limit=16),
        "137 that is no oom": counted("exit 137"),
        "its own signal": counted("kill -KILL $$; sleep 5", init=False),
    }
    made = scratch.make(*[{"image": engine.test_image(), **job} for job in scripts.values()], host=_DOCKER)
    jobs = dict(zip(scripts, made, strict=True))

    run_to_the_end(scratch)

    def failed(code: int, reason: str) -> Expected:
        return Expected(status="failed", exit_code=code, reason=reason)

    audit(
        scratch,
        {
            jobs["oom"]: failed(137, "oom"),
            jobs["oom in a child, exit 0"]: Expected(stdout=b"went on\n"),
            jobs["oom in a child, exit 137"]: failed(137, "oom"),
        },
    )
    assert scratch.attempts_of(jobs["oom in a child, exit 0"])[0]["oom_killed"]
    [plain] = scratch.attempts_of(jobs["137 that is no oom"])
    assert (plain["exit_code"], bool(plain["oom_killed"])) == (137, False)
    assert plain["failure_reason"] != "oom"


@pytest.mark.parametrize(
    "deed", ["kill", *[pytest.param(deed, marks=pytest.mark.matrix) for deed in ("stop", "remove")]]
)
def test_a_hand_from_outside_is_called_so(scratch: Scratch, deed: str) -> None:
    job, container, worker = running(scratch)

    if deed == "kill":
        container.kill()
    elif deed == "stop":
        container.stop(timeout=0)
    else:
        with contextlib.suppress(NotFound):
            container.remove(force=True)
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    audit(scratch)
    [attempt] = scratch.attempts_of(job)
    if deed == "remove":  # nobody can say how it ended, or its end was seen just before
        assert (scratch.status(job), attempt["failure_reason"]) in {
            ("failed", "lost"),
            ("failed", "stopped_externally"),
        }
    else:
        assert (scratch.status(job), attempt["failure_reason"]) == ("failed", "stopped_externally")
        assert attempt["exit_code"] in ({137} if deed == "kill" else {137, 143})  # a stop begins with a TERM
    assert scratch.log(job, "stdout") == b"up\n"


def test_a_paused_container_is_running_and_goes_on(scratch: Scratch) -> None:
    job, container, worker = running(scratch, "while [ ! -e $TRACE.go ]; do sleep 0.2; done; echo done")

    container.pause()
    scratch.wait_until(lambda: "paused" in _state(container), "it is paused")
    second = scratch.worker()
    scratch.wait_until_signed_on(second)
    assert scratch.status(job) == "running"
    container.unpause()
    (scratch.traces / "1.go").touch()
    scratch.wait_until_cleared()
    for each in (worker, second):
        assert scratch.end(each) == 0

    audit(scratch, {job: Expected(stdout=b"up\ndone\n")})


@pytest.mark.matrix
def test_a_paused_container_can_be_cancelled(scratch: Scratch) -> None:
    job, container, worker = running(scratch)
    container.pause()

    assert scratch.manage("cancel_job", str(job)).returncode == 0
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    audit(scratch)
    assert scratch.status(job) == "cancelled"


@pytest.mark.matrix
def test_a_job_whose_image_is_deleted_while_it_runs_goes_on(scratch: Scratch) -> None:
    content = engine.oracle().images.get(engine.test_image())
    content.tag("sickbay-deleted", "1")
    job, _, worker = running(
        scratch, "while [ ! -e $TRACE.go ]; do sleep 0.2; done; echo done", image="sickbay-deleted:1"
    )

    engine.oracle().images.remove("sickbay-deleted:1", force=True)
    (scratch.traces / "1.go").touch()
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    audit(scratch, {job: Expected(stdout=b"up\ndone\n")})


_DOCKER = {"name": "local", "executor_type": "docker"}


def running(scratch: Scratch, then: str = "sleep 300", image: str = "") -> tuple[int, Container, object]:
    """Return a job that runs, its container, and its worker."""
    job = counted(f"echo up; {then}", image=image or engine.test_image(), stop_grace_seconds=1)
    [job_id] = scratch.make(job, host=_DOCKER)
    worker = scratch.worker()
    scratch.wait_for_output(job_id, b"up\n")
    [container] = engine.containers_of(scratch.installation)
    return job_id, container, worker


def _state(container: Container) -> str:
    container.reload()
    return container.status


def run_to_the_end(scratch: Scratch) -> None:
    worker = scratch.worker()
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0
