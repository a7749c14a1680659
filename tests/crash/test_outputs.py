"""What a program writes is stored as it was written, however it is written; what is cut is counted."""

import pytest

from tests import engine
from tests.crash.audit import Expected, audit
from tests.crash.programs import counted
from tests.crash.scratch import PATIENCE_SECONDS, Scratch

pytestmark = pytest.mark.reliability(12)

_DOCKER = {"name": "local", "executor_type": "docker"}
_MB = 1024 * 1024

#: Name: what the shell does, and what stands in standard output then.
_OUTPUTS = {
    "binary": ("".join(f"\\{value:03o}" for value in range(256)), bytes(range(256))),
    "nul": ("a\\000b\\000\\000c\\n", b"a\0b\0\0c\n"),
    "ansi": ("\\033[31mred\\033[0m\\r\\033[2Kdone\\n", b"\x1b[31mred\x1b[0m\r\x1b[2Kdone\n"),
    "no-last-newline": ("one\\ntwo", b"one\ntwo"),
    "none": ("", b""),
}


@pytest.mark.docker
@pytest.mark.parametrize("on", ["process", "docker"])
def test_strange_output_is_stored_byte_for_byte(scratch: Scratch, on: str) -> None:
    host = {"name": on, "executor_type": on}
    jobs = scratch.make(
        *[counted(f"printf '{said}'; exit 3", host=on, image=engine.test_image()) for said, _ in _OUTPUTS.values()],
        host=host,
    )
    split = "printf '\\342\\202'; sleep 0.4; printf '\\254 and '; sleep 0.4; printf '\\360\\237'; exit 3"
    [character] = scratch.make(counted(split, host=on, image=engine.test_image()), host=host)

    run_to_the_end(scratch)

    wanted = {job: ended(3, written) for job, (_, written) in zip(jobs, _OUTPUTS.values(), strict=True)}
    audit(scratch, wanted | {character: ended(3, "€ and ".encode() + b"\xf0\x9f")})


@pytest.mark.docker
@pytest.mark.matrix
@pytest.mark.parametrize("on", ["process", "docker"])
@pytest.mark.parametrize("shape", ["flood", "one line"])
def test_more_than_is_kept_is_stored_from_both_ends_and_counted(scratch: Scratch, on: str, shape: str) -> None:
    size = (100 if shape == "flood" else 50) * _MB
    source = "yes 0123456789abcdef" if shape == "flood" else "tr '\\000' x < /dev/zero"
    script = f"echo first; {source} | head -c {size}; echo; echo last; exit 4"
    [job] = scratch.make(
        counted(script, image=engine.test_image()), host={"name": on, "executor_type": on, "max_running": 2}
    )

    run_to_the_end(scratch)

    audit(scratch, {job: ended(4)})
    [attempt] = scratch.attempts_of(job)
    stored = scratch.log(job, "stdout")
    assert attempt["stdout_bytes"] == size + len("first\n\nlast\n")
    assert stored.startswith(b"first\n")
    assert stored.endswith(b"\nlast\n")
    assert 15 * _MB < len(stored) <= 16 * _MB


@pytest.mark.parametrize("limit", ["time limit", "cancellation"])
def test_endless_output_is_ended_by_its_limits(scratch: Scratch, limit: str) -> None:
    scratch.configure(log_cap_bytes=1 * _MB)
    timeout = {"timeout_seconds": 2} if limit == "time limit" else {}
    [job] = scratch.make(counted("exec yes endless", stop_grace_seconds=1, **timeout))
    worker = scratch.worker()
    scratch.wait_for_output(job, b"endless\n")
    if limit == "cancellation":
        assert scratch.manage("cancel_job", str(job)).returncode == 0

    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0
    audit(scratch)
    assert scratch.status(job) == ("timeout" if limit == "time limit" else "cancelled")
    assert len(scratch.log(job, "stdout")) <= _MB


@pytest.mark.docker
@pytest.mark.matrix
def test_300_containers_at_once_each_keep_their_own_output(scratch: Scratch) -> None:
    script = "echo begun; while [ ! -e $TRACE.go ]; do sleep 1; done; echo $TRACE; exit 5"
    jobs = scratch.make(
        *[counted(script, image=engine.test_image(), memory_limit=16) for _ in range(300)],
        host=_DOCKER | {"max_running": 300, "allow_overcommit": True},
    )
    worker = scratch.worker("--concurrency", "300")
    running = "select count(*) as n from container_manager_containerjob where status = 'running'"
    scratch.wait_until(lambda: scratch.rows(running)[0]["n"] == 300, "all run", _MINUTES)

    for number in range(1, 301):
        (scratch.traces / f"{number}.go").touch()
    scratch.wait_until(lambda: not scratch.rows(_GOING_ON), "all are over", _MINUTES)
    scratch.wait_until_cleared()
    assert scratch.end(worker) == 0
    audit(
        scratch,
        {job: ended(5, f"begun\n{scratch.traces / str(number)}\n".encode()) for number, job in enumerate(jobs, 1)},
    )


#: Starting and ending so many takes an engine minutes.
_MINUTES = 400.0

_GOING_ON = "select 1 from container_manager_attempt where removed_at is null"


def ended(exit_code: int, stdout: bytes | None = None) -> Expected:
    return Expected(status="failed", exit_code=exit_code, reason="exit_code", stdout=stdout)


def run_to_the_end(scratch: Scratch) -> None:
    worker = scratch.worker("--once")
    assert worker.wait(timeout=2 * PATIENCE_SECONDS) == 0, scratch.said(worker)
