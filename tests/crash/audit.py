"""What must be true of an installation when everything is over, whatever was killed: one audit for all crash tests."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from container_manager.lifecycle.status import TERMINAL
from tests import engine
from tests.crash.programs import EXIT_CODE, STDERR, STDOUT
from tests.crash.scratch import Scratch

_TERMINAL = {status.value for status in TERMINAL}

CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """How a job must have ended. ``None`` for a stream means that it is not known beforehand."""

    status: str = "completed"
    exit_code: int | None = 0
    reason: str = ""
    stdout: bytes | None = None
    stderr: bytes | None = None
    attempts: int = 1


#: How the job of ``programs.countable`` ends if nobody stops it.
WHOLE = Expected(status="failed", exit_code=EXIT_CODE, reason="exit_code", stdout=STDOUT, stderr=STDERR)


def audit(scratch: Scratch, expected: Mapping[int, Expected] | None = None) -> None:
    """Assert that nothing is lost, doubled, wrong, or left over."""
    found = list(flaws(scratch, expected or {}))
    assert not found, "\n".join(found)


def flaws(scratch: Scratch, expected: Mapping[int, Expected]) -> Iterator[str]:
    """Say everything that is wrong."""
    jobs = {row["id"]: row for row in scratch.rows("select * from container_manager_containerjob")}
    for job_id in scratch.jobs:
        if job_id not in jobs:
            yield f"job {job_id} is lost"
            continue
        yield from _flaws_of_job(scratch, jobs[job_id])
        if job_id in expected:
            yield from _differences(scratch, jobs[job_id], expected[job_id])
    yield from leftovers(scratch)


def leftovers(scratch: Scratch) -> Iterator[str]:
    """Say what of ours still stands on the platforms and in the folders."""
    for own in scratch.engines:
        yield from (f"container left: {name}" for name in own.containers_of(scratch.installation))
    if scratch.uses_docker:
        yield from (f"container left: {container.name}" for container in engine.containers_of(scratch.installation))
    for folder, below, _ in os.walk(CGROUPS):
        yield from (
            f"cgroup left: {folder}/{name}" for name in below if name.startswith(f"sickbay-{scratch.installation}-")
        )
    elsewhere = any(own.is_remote for own in scratch.engines)
    yield from (
        f"process left: {pid}"
        for pid in scratch.running_attempts()
        if not (elsewhere and (_is_helper_of_engine(pid) or _is_lost(scratch, pid)))
    )
    for folder in (scratch.attempts, scratch.temporary):
        left = sorted(folder.iterdir()) if folder.exists() else []
        yield from (f"file left: {path}" for path in left)


def _is_helper_of_engine(pid: int) -> bool:
    """Whether it is what an engine runs before a container's program, and leaves there if it is killed meanwhile.

    On a machine that is not the worker's nobody but its owner can end it (docs/reliability.md, known limits).
    """
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().split(b"\0")[1:2] == [b"init"]
    except OSError:
        return False


def _is_lost(scratch: Scratch, pid: int) -> bool:
    """Whether it belongs to an attempt that says so: an engine that forgot it does not end it, either."""
    try:
        environment = (Path("/proc") / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return True  # it is over
    traces = {entry.decode() for entry in environment if entry.startswith(b"TRACE=")}
    lost = [job for job in scratch.jobs for attempt in scratch.attempts_of(job) if attempt["failure_reason"] == "lost"]
    return bool(traces & {f"TRACE={scratch.trace_of(job)}" for job in lost})


def _flaws_of_job(scratch: Scratch, job: Mapping[str, object]) -> Iterator[str]:
    name, job_id = f"job {job['id']} ({job['status']})", int(str(job["id"]))
    events = scratch.rows("select * from container_manager_jobevent where job_id = ? order by id", job_id)
    if job["status"] not in _TERMINAL:
        yield f"{name} is not over: {[(event['kind'], event['status']) for event in events]}"
    if job["lease_owner"] or job["lease_expires_at"]:
        yield f"{name} still has a lease: {job['lease_owner']}"
    statuses = [event["status"] for event in events]
    entered = [now for before, now in zip(["", *statuses], statuses, strict=False) if now in _TERMINAL - {before}]
    if entered != [job["status"]]:
        yield f"{name} has not exactly one final status: {[(event['kind'], event['status']) for event in events]}"
    attempts = scratch.attempts_of(job_id)
    if [attempt["number"] for attempt in attempts] != list(range(1, len(attempts) + 1)):
        yield f"{name} has attempts {[attempt['number'] for attempt in attempts]}"
    for attempt in attempts:
        own = [event["kind"] for event in events if event["attempt_number"] == attempt["number"]]
        yield from (f"{name}, attempt {attempt['number']}: {flaw}" for flaw in _flaws_of_attempt(attempt, own))
    if (ran := scratch.times_run(job_id)) > len(attempts):
        yield f"{name} ran {ran} times in {len(attempts)} attempts"


def _flaws_of_attempt(attempt: Mapping[str, object], events: list[str]) -> Iterator[str]:
    if attempt["ended_at"] is None:
        yield f"it has no end: {events}"
    if attempt["removed_at"] is None:
        yield f"it was not removed: {events}"
    if events.count("started") > 1:
        yield f"it was started more than once: {events}"
    if len(ends := [kind for kind in events if kind in _ENDS]) > 1:
        yield f"it ended more than once: {ends}"


_ENDS = frozenset({"ended", "launch_refused", "vanished", "cancel_confirmed", "time_limit_reached"})


def _differences(scratch: Scratch, job: Mapping[str, object], expected: Expected) -> Iterator[str]:
    job_id = int(str(job["id"]))
    attempts = scratch.attempts_of(job_id)
    last = attempts[-1] if attempts else {"exit_code": None, "failure_reason": "", "failure_message": ""}
    seen = (job["status"], last["exit_code"], last["failure_reason"], len(attempts))
    wanted = (expected.status, expected.exit_code, expected.reason, expected.attempts)
    if seen != wanted:
        yield f"job {job_id} is {seen}, not {wanted}: {last['failure_message']}; {scratch.events(job_id)}"
    for stream, wished in (("stdout", expected.stdout), ("stderr", expected.stderr)):
        if wished is not None and (stored := scratch.log(job_id, stream)) != wished:
            yield f"job {job_id}: {stream} is {_shown(stored)}, not {_shown(wished)}"


def _shown(data: bytes) -> str:
    return repr(data) if len(data) < 600 else f"{data[:300]!r} … {data[-200:]!r} ({len(data)} bytes)"
