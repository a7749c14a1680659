"""A whole worker and the commands beside it, on real containers."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.types import LogConfig

from container_manager.executors.base import AttemptKey
from container_manager.executors.docker.translate import labels_of
from tests import engine
from tests.acceptance.docker_scratch import DockerScratch
from tests.crash.scratch import PROJECT

pytestmark = pytest.mark.docker

HOST = {"name": "engine", "executor_type": "docker"}
STUBBORN = "trap '' TERM; echo begun; while true; do sleep 0.1; done"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[DockerScratch]:
    place = DockerScratch(tmp_path)
    yield place
    place.close()


def make(place: DockerScratch, *scripts: str, **fields: object) -> list[int]:
    """Make a job for each script."""
    job = {"image": place.image, "network": "none", **fields}
    return place.make(*({**job, "command": ["sh", "-c", script]} for script in scripts), host=HOST)


def forget_start(place: DockerScratch, job: int, command: list[str]) -> AttemptKey:
    """Leave what an engine leaves that forgot a start: a container that was made, here with another command."""
    key = AttemptKey(installation=place.installation, job_id=job, number=1)
    engine.remove_container(key.name)
    engine.oracle().containers.create(place.image, command, name=key.name, labels=labels_of(key))
    return key


def test_a_repeated_launch_that_is_refused_ends_the_job(place: DockerScratch) -> None:
    [job] = make(place, "sleep 60", init=False)
    assert place.worker(fault_point="start-recorded").wait(timeout=60) == -signal.SIGKILL
    key = forget_start(place, job, ["no-such-program"])
    for group in Path("/sys/fs/cgroup").rglob(key.name):
        group.rmdir()  # as on a machine whose control groups are not ours to see

    worker = place.worker()
    place.wait_until_cleared(job)

    assert place.end(worker) == 0
    [attempt] = place.attempts_of(job)
    assert (place.job(job)["status"], attempt["failure_reason"]) == ("failed", "launch_refused")
    assert "no-such-program" in attempt["failure_message"]
    assert place.events(job)[-3:] == ["started", "taken_over", "launch_refused"]
    assert place.left_over() == []


@pytest.mark.cgroup
def test_what_ran_is_not_started_again_by_an_engine_that_forgot_it(place: DockerScratch) -> None:
    [job] = make(place, "sleep 60")
    assert place.worker(fault_point="start-recorded").wait(timeout=60) == -signal.SIGKILL
    forget_start(place, job, ["sh", "-c", "echo again"])

    worker = place.worker()
    place.wait_until_cleared(job)

    assert place.end(worker) == 0
    [attempt] = place.attempts_of(job)
    assert (place.job(job)["status"], attempt["failure_reason"]) == ("failed", "lost")
    assert "whether the program ran cannot be known" in attempt["failure_message"]
    assert place.log(job, "stdout") == b""
    assert place.left_over() == []


def test_a_cancelled_job_whose_start_the_engine_forgot_is_not_started_again(place: DockerScratch) -> None:
    [job] = make(place, "sleep 60")
    assert place.worker(fault_point="start-recorded").wait(timeout=60) == -signal.SIGKILL
    key = AttemptKey(installation=place.installation, job_id=job, number=1)
    engine.remove_container(key.name)
    engine.oracle().containers.create(place.image, ["true"], name=key.name, labels=labels_of(key))
    assert place.manage("cancel_job", str(job)).returncode == 0

    worker = place.worker()
    place.wait_until_cleared(job)

    assert place.end(worker) == 0
    assert (place.job(job)["status"], place.attempts_of(job)[0]["exit_code"]) == ("cancelled", None)
    assert place.left_over() == []


def test_a_cancellation_ends_a_job_in_every_status_and_can_be_repeated(place: DockerScratch) -> None:
    stubborn, over, waiting = make(place, STUBBORN, "exit 0", "sleep 60", stop_grace_seconds=8)
    assert place.manage("cancel_job", str(waiting)).stdout.endswith(b"it had not started.\n")
    worker = place.worker()
    place.wait_until(lambda: place.log(stubborn, "stdout"), "it runs")
    place.wait_until_cleared(over)

    first, second = (place.manage("cancel_job", str(stubborn)) for _ in range(2))
    place.wait_until_cleared(stubborn)
    third = place.manage("cancel_job", str(stubborn))

    assert place.end(worker) == 0
    assert (first.returncode, second.returncode, third.returncode) == (0, 0, 1)
    assert b"is being cancelled already" in second.stdout
    assert place.attempts_of(stubborn)[0]["exit_code"] == 137
    assert [place.job(job)["status"] for job in (stubborn, over, waiting)] == ["cancelled", "completed", "cancelled"]
    for job, how in ((over, b"completed"), (waiting, b"was cancelled")):
        refused = place.manage("cancel_job", str(job))
        assert (refused.returncode, how in refused.stderr) == (1, True)
    assert place.events(stubborn).count("cancel_requested") == 1
    assert place.left_over() == []


def test_a_job_whose_image_does_not_come_is_cancelled_at_once(place: DockerScratch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # a registry that accepts, and never says a word
        image = f"127.0.0.1:{silent.getsockname()[1]}/never:1"
        [job] = make(place, "true", image=image)
        worker = place.worker()
        place.wait_until(lambda: place.job(job)["status"] == "launching", "it is being launched")

        first, second = (place.manage("cancel_job", str(job)) for _ in range(2))
        place.wait_until_cleared(job)

        assert (first.returncode, place.job(job)["status"]) == (0, "cancelled")
        assert second.returncode == 0 or b"was cancelled" in second.stderr
        assert place.end(worker) == 0
    assert place.left_over() == []


def test_a_followed_log_comes_while_the_job_runs_and_ends_with_it(place: DockerScratch) -> None:
    [job] = make(place, "echo one; echo two >&2; while [ ! -e /tmp/go ]; do sleep 0.1; done; echo three")
    worker = place.worker()
    follower = start(place, "job_logs", str(job), "-f")
    assert follower.stdout is not None
    assert follower.stdout.readline() == b"one\n"
    assert place.job(job)["status"] == "running"

    engine.oracle().containers.get(f"sickbay-{place.installation}-{job}-1").exec_run(["touch", "/tmp/go"])
    out, err = follower.communicate(timeout=60)

    assert (follower.returncode, out, err) == (0, b"three\n", b"two\n")
    place.wait_until_cleared(job)
    assert place.end(worker) == 0


def test_what_the_engines_rotation_dropped_unread_is_told(place: DockerScratch) -> None:
    [job] = make(place, "sleep 60")
    assert place.worker(fault_point="launched").wait(timeout=60) == -signal.SIGKILL
    # The same attempt as a container with a small log, which runs on while no worker is there.
    key = AttemptKey(installation=place.installation, job_id=job, number=1)
    engine.remove_container(key.name)
    floods = "echo first; while [ ! -e /tmp/go ]; do sleep 0.1; done; yes | head -c 4000000; echo last"
    small = LogConfig(type="local", config={"max-size": "1m", "max-file": "2", "compress": "false"})
    container = engine.oracle().containers.run(
        place.image, ["sh", "-c", floods], name=key.name, labels=labels_of(key), log_config=small, detach=True
    )
    first = place.worker()
    place.wait_until(lambda: place.log(job, "stdout") == b"first\n", "the first line is stored")
    assert place.end(first) == 0
    container.exec_run(["touch", "/tmp/go"])
    container.wait()

    assert place.worker("--once").wait(timeout=60) == 0

    assert place.log(job, "stdout").startswith(b"first\ny\n")
    assert place.log(job, "stdout").endswith(b"y\nlast\n")
    assert len(place.log(job, "stdout")) < 4_000_000
    assert place.events(job).count("log_gap") == 1
    shown = b" ".join(place.manage("show_job", str(job)).stdout.split())
    assert b"the platform may have dropped output before it was read" in shown


def test_twenty_running_containers_are_handed_over_and_collected_whole(place: DockerScratch) -> None:
    gate = place.folder / "gate"
    gate.mkdir()
    script = "echo begun $N; while [ ! -e /gate/open ]; do sleep 0.2; done; echo over $N >&2; exit $N"
    job = {"image": place.image, "network": "none", "command": ["sh", "-c", script]}
    job["mounts"] = [{"kind": "bind", "source": str(gate), "target": "/gate"}]
    jobs = place.make(*({**job, "environment": {"N": str(n)}} for n in range(20)), host=HOST)
    first = place.worker("--concurrency", "20")
    place.wait_until(lambda: all(place.log(job, "stdout") for job in jobs), "all run")

    assert place.end(first) == 0

    assert all(one.status == "running" for one in engine.containers_of(place.installation))
    leases = {(place.job(job)["status"], place.job(job)["lease_owner"]) for job in jobs}
    assert leases == {("running", "")}
    second = place.worker("--concurrency", "1")
    place.wait_until(lambda: all("taken_over" in place.events(job) for job in jobs), "all are taken over")
    (gate / "open").touch()
    place.wait_until_cleared(*jobs)
    assert place.end(second) == 0
    for number, job_id in enumerate(jobs):
        assert place.attempts_of(job_id)[0]["exit_code"] == number
        assert place.log(job_id, "stdout") == b"begun %d\n" % number
        assert place.log(job_id, "stderr") == b"over %d\n" % number
    assert place.left_over() == []


def test_cleanup_touches_only_what_is_this_installations(place: DockerScratch) -> None:
    make(place)
    ours = AttemptKey(installation=place.installation, job_id=999, number=1)
    others = AttemptKey(installation=engine.new_installation(), job_id=1, number=1)
    containers = engine.oracle().containers
    foreign = f"foreign-{place.installation}"
    try:
        for name, labels in ((ours.name, labels_of(ours)), (others.name, labels_of(others)), (foreign, {})):
            containers.run(place.image, ["sleep", "60"], name=name, labels=labels, init=True, detach=True)

        done = place.manage("cleanup_containers", "--grace", "0")

        assert done.stdout.endswith(b"1 removed\n"), done.stdout + done.stderr
        assert engine.containers_of(place.installation) == []
        assert {containers.get(name).status for name in (others.name, foreign)} == {"running"}
    finally:
        engine.remove_container(foreign)
        engine.remove_all(others.installation)


def test_a_run_job_shows_output_as_it_comes_and_control_c_leaves_nothing_running(place: DockerScratch) -> None:
    make(place)
    runner = start(place, "run_job", "--stop-grace", "1", place.image, "--", "sh", "-c", STUBBORN)
    assert runner.stdout is not None
    assert runner.stdout.readline() == b"begun\n"
    assert runner.poll() is None

    runner.send_signal(signal.SIGINT)
    _, said = runner.communicate(timeout=60)

    assert runner.returncode == 130, said
    assert b"Running on the host 'engine'." in said
    assert b"cancelled" in said
    [job] = place.rows("select id, status from container_manager_containerjob")
    assert job["status"] == "cancelled"
    assert place.left_over() == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--timeout", "0.5", "IMAGE", "--", "sleep", "60"], 124),
        (["127.0.0.1:9/none:1", "--", "true"], 125),
        (["--network", "no-such-network", "IMAGE", "--", "true"], 125),
        (["IMAGE", "--", engine.NOT_EXECUTABLE], 126),
        (["IMAGE", "--", "no-such-program"], 127),
        (["IMAGE", "--", "sh", "-c", "kill -KILL $$"], 137),
    ],
)
def test_run_job_exits_as_docker_run_does(place: DockerScratch, arguments: list[str], code: int) -> None:
    make(place)
    arguments = [place.image if argument == "IMAGE" else argument for argument in arguments]

    done = place.manage("run_job", "--host", "engine", *arguments)

    assert done.returncode == code, done.stderr.decode()
    assert place.left_over() == []


def test_without_a_host_run_job_takes_this_machines_engine(place: DockerScratch) -> None:
    done = place.manage("migrate")
    assert done.returncode == 0

    done = place.manage("run_job", place.image, "--", "sh", "-c", "echo out; exit 3")

    assert (done.returncode, done.stdout) == (3, b"out\n")
    assert b"Running on this machine's Docker engine." in done.stderr


def start(place: DockerScratch, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a management command and go on."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=place.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
