"""The engine does what it is asked, and its answer is lost: the attempt is found and adopted, never doubled."""

from collections.abc import Iterator

import pytest

from tests import engine
from tests.crash.audit import WHOLE, audit
from tests.crash.engine_proxy import EngineProxy
from tests.crash.programs import countable, counted
from tests.crash.scratch import Scratch

pytestmark = pytest.mark.docker


@pytest.fixture
def wire() -> Iterator[EngineProxy]:
    made = EngineProxy()
    yield made
    made.close()


def make(scratch: Scratch, wire: EngineProxy, *jobs: dict[str, object]) -> list[int]:
    scratch.uses_docker = True
    host = {"name": "wired", "executor_type": "docker", "address": wire.address}
    return scratch.make(*[{"image": engine.test_image(), **job} for job in jobs], host=host)


@pytest.mark.reliability(8)
@pytest.mark.parametrize(
    "lost",
    [
        "POST .*/containers/create",
        "POST .*/start",
        pytest.param("DELETE .*/containers/", marks=pytest.mark.matrix),
        pytest.param("GET .*/json", marks=pytest.mark.matrix),
        pytest.param("GET .*/logs", marks=pytest.mark.matrix),
    ],
)
def test_a_lost_answer_changes_nothing(scratch: Scratch, wire: EngineProxy, lost: str) -> None:
    [job] = make(scratch, wire, countable())
    wire.lose_answers(lost)

    worker = scratch.worker()
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    assert wire.passed[lost] == 1
    audit(scratch, {job: WHOLE})
    assert scratch.times_run(job) == 1


@pytest.mark.reliability(8)
@pytest.mark.matrix
def test_a_lost_answer_and_a_dead_worker_together_change_nothing(scratch: Scratch, wire: EngineProxy) -> None:
    [job] = make(scratch, wire, countable())
    wire.lose_answers("POST .*/containers/create", times=1)

    first = scratch.worker()
    scratch.wait_until(lambda: wire.passed["POST .*/containers/create"], "the answer is lost")
    first.kill()
    second = scratch.worker()
    scratch.wait_until_cleared()
    assert scratch.end(second) == 0

    audit(scratch, {job: WHOLE})
    assert scratch.times_run(job) == 1


@pytest.mark.reliability(16)
def test_an_event_stream_that_stalls_hides_no_end(scratch: Scratch, wire: EngineProxy) -> None:
    jobs = make(scratch, wire, *[countable() for _ in range(3)])
    wire.stall("GET .*/events")

    worker = scratch.worker()
    scratch.wait_until_cleared()
    wire.flow()
    assert scratch.end(worker) == 0

    audit(scratch, dict.fromkeys(jobs, WHOLE))


@pytest.mark.reliability(16)
@pytest.mark.matrix
def test_an_event_stream_that_is_cut_again_and_again_hides_no_end(scratch: Scratch, wire: EngineProxy) -> None:
    jobs = make(scratch, wire, *[countable(pause=0.15) for _ in range(3)])
    cuts = 0

    def are_over() -> bool:
        nonlocal cuts
        cuts += wire.cut("GET .*/events")
        return all(scratch.job(job)["finished_at"] for job in jobs)

    worker = scratch.worker()
    scratch.wait_until(are_over, "all are over")
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    assert cuts > 1
    audit(scratch, dict.fromkeys(jobs, WHOLE))


@pytest.mark.reliability(16)
@pytest.mark.matrix
def test_1100_events_at_once_hide_no_end(scratch: Scratch, wire: EngineProxy) -> None:
    [noisy] = make(scratch, wire, counted("trap 'exit 7' USR1; echo up; while :; do sleep 0.1; done"))
    quiet = make(scratch, wire, *[countable() for _ in range(2)])
    worker = scratch.worker()
    scratch.wait_for_output(noisy, b"up\n")
    wire.stall("GET .*/events")

    [container] = [one for one in engine.containers_of(scratch.installation) if one.name.endswith(f"-{noisy}-1")]
    for _ in range(1100):
        container.kill(signal="SIGWINCH")
    container.kill(signal="SIGUSR1")
    wire.flow()
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0

    audit(scratch, dict.fromkeys(quiet, WHOLE))
    assert (scratch.status(noisy), scratch.attempts_of(noisy)[0]["exit_code"]) == ("failed", 7)
