"""What belongs to nobody any more is removed from a platform after a grace; what is another's is not touched."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import engine
from tests.crash.audit import audit, leftovers
from tests.crash.databases import Databases
from tests.crash.programs import counted
from tests.crash.scratch import Scratch

pytestmark = [pytest.mark.docker, pytest.mark.reliability(18)]

_DOCKER = {"name": "local", "executor_type": "docker"}


@pytest.fixture
def another(tmp_path: Path, databases: Databases, database_kind: str) -> Iterator[Scratch]:
    folder = tmp_path / "another"
    folder.mkdir()
    place = Scratch(folder, databases.new(database_kind, folder))
    yield place
    place.close()


def start(scratch: Scratch) -> int:
    """Leave a container that runs without any worker."""
    [job] = scratch.make(counted("echo up; sleep 300", image=engine.test_image()), host=_DOCKER)
    worker = scratch.worker()
    scratch.wait_for_output(job, b"up\n")
    worker.kill()
    worker.wait()
    return job


def test_an_orphan_is_removed_after_its_grace_and_what_is_anothers_is_not_touched(
    scratch: Scratch, another: Scratch
) -> None:
    orphan, theirs = start(scratch), start(another)
    scratch.forget(orphan)
    by_hand = engine.oracle().containers.run(engine.test_image(), ["sleep", "300"], detach=True, network_mode="none")
    try:
        assert scratch.manage("cleanup_containers", "--grace", "3600").returncode == 0
        assert engine.containers_of(scratch.installation)

        assert scratch.manage("cleanup_containers", "--grace", "0").returncode == 0
        assert list(leftovers(scratch)) == []
        by_hand.reload()
        assert by_hand.status == "running"
    finally:
        by_hand.remove(force=True)
    assert [container.status for container in engine.containers_of(another.installation)] == ["running"]
    assert another.status(theirs) == "running"

    assert another.manage("cancel_job", str(theirs)).returncode == 0
    worker = another.worker()
    another.wait_until_cleared()
    assert another.end(worker) == 0
    audit(another)


@pytest.mark.matrix
def test_what_ended_and_was_left_standing_is_removed_by_the_next_worker(scratch: Scratch) -> None:
    [job] = scratch.make(counted("exit 3", image=engine.test_image()), host=_DOCKER)
    scratch.worker(fault_point="diagnosed").wait(timeout=60)
    assert engine.containers_of(scratch.installation)

    worker = scratch.worker()
    scratch.wait_until_cleared(job)
    assert scratch.end(worker) == 0
    audit(scratch)
