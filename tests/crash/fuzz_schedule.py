"""Random schedules of kills, freezes, and cuts over a few jobs. Pure: the same seed gives the same schedule."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from container_manager.fault_points import FAULT_POINTS
from tests.crash.programs import counted

Executor = Literal["process", "docker"]
DatabaseKind = Literal["sqlite", "postgresql"]

#: Within so many seconds everything is done to them.
SPAN = 1.6

_PULLS = {"pulling", "pulled", "secrets", "artifacts"}


@dataclass(frozen=True, kw_only=True)
class FuzzedJob:
    """A job, and how it ends if nobody hurts it."""

    fields: Mapping[str, Any]
    status: str = "completed"
    exit_code: int | None = 0
    reason: str = ""
    stdout: bytes = b""
    attempts: int = 1
    at: float = 0.0
    """When it is submitted; 0 for before everything."""
    must_be_cancelled: bool = False
    """Whether it never ends by itself."""


ActionKind = Literal[
    "kill worker",
    "freeze worker",
    "hand over",
    "start worker",
    "kill shim",
    "freeze shim",
    "cancel",
    "cut database",
    "restart database",
    "kill database",
    "lock database",
    "kill container",
    "freeze engine",
    "restart engine",
    "cut engine off",
]


@dataclass(frozen=True, kw_only=True)
class Action:
    """One deed: ``which`` of what there is then, and for how many seconds."""

    at: float
    kind: ActionKind
    which: int = 0
    seconds: float = 0.0
    fault_point: str = ""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What happens, in order."""

    name: str
    jobs: Sequence[FuzzedJob]
    actions: Sequence[Action] = field(default_factory=tuple)
    first_fault_point: str = ""

    def __str__(self) -> str:
        deeds = [
            f"  {deed.at:.2f}s {deed.kind} {deed.which} {deed.seconds:.2f} {deed.fault_point}" for deed in self.actions
        ]
        jobs = [f"  job at {job.at:.2f}s: {job.fields['command'][-1]}" for job in self.jobs]
        return "\n".join([f"schedule {self.name}, first fault point {self.first_fault_point!r}", *jobs, *deeds])


def schedule(seed: int, number: int, *, database: DatabaseKind, executor: Executor) -> Schedule:
    """Return the schedule of this seed and number."""
    chance = random.Random(f"{seed}:{number}:{database}:{executor}")
    jobs = [_job(chance) for _ in range(chance.randint(1, 5))]
    kinds = _kinds(database, executor)
    actions = [_action(chance, kinds) for _ in range(chance.randint(1, 5))]
    return Schedule(
        name=f"{seed}:{number}",
        jobs=jobs,
        actions=sorted(actions, key=lambda action: action.at),
        first_fault_point=_fault_point(chance) if chance.random() < 0.3 else "",
    )


def _job(chance: random.Random) -> FuzzedJob:
    made = chance.choice(_JOBS)(chance)
    return FuzzedJob(**{**vars(made), "at": chance.uniform(0, SPAN) if chance.random() < 0.3 else 0.0})


def _quick(chance: random.Random) -> FuzzedJob:
    code = chance.choice([0, 0, 1, 3])
    return _ended(counted(f"echo quick; exit {code}"), code, b"quick\n")


def _chatty(chance: random.Random) -> FuzzedJob:
    lines, pause, code = chance.randint(3, 15), chance.choice([0.02, 0.1, 0.2]), chance.choice([0, 7])
    script = f"i=0; while [ $i -lt {lines} ]; do echo line $i; i=$((i+1)); sleep {pause}; done; printf end; exit {code}"
    stdout = b"".join(b"line %d\n" % number for number in range(lines)) + b"end"
    return _ended(counted(script), code, stdout)


def _loud(chance: random.Random) -> FuzzedJob:
    size = chance.choice([10_000, 300_000])
    script = f"yes 0123456789abcde | head -c {size}; exit 2"
    return _ended(counted(script), 2, (b"0123456789abcde\n" * (size // 16 + 1))[:size])


def _endless(chance: random.Random) -> FuzzedJob:
    obeys = chance.random() < 0.5
    script = "echo up; exec sleep 300" if obeys else "trap '' TERM; echo up; while :; do sleep 0.2; done"
    fields = counted(script, stop_grace_seconds=0.3)
    return FuzzedJob(
        fields=fields, status="cancelled", exit_code=None, reason="cancelled", stdout=b"up\n", must_be_cancelled=True
    )


def _too_long(chance: random.Random) -> FuzzedJob:
    limit = chance.choice([0.3, 0.8, 1.5])
    fields = counted("echo up; exec sleep 300", timeout_seconds=limit, stop_grace_seconds=0.3)
    return FuzzedJob(fields=fields, status="timeout", exit_code=None, reason="timeout", stdout=b"up\n")


def _retried(chance: random.Random) -> FuzzedJob:
    retry = {"max_attempts": 3, "reasons": ["exit_code"], "backoff_seconds": 0.05, "jitter": 0.0}
    needed = chance.choice([1, 2])
    script = f'n=$(grep -c ran "$TRACE"); echo try $n; [ $n -gt {needed} ] || exit 9'
    fields = counted(script, retry=retry)
    return FuzzedJob(fields=fields, stdout=b"try %d\n" % (needed + 1), attempts=needed + 1)


def _refused(_: random.Random) -> FuzzedJob:
    fields = {"command": ["/no/such/program"]}
    return FuzzedJob(fields=fields, status="failed", exit_code=127, reason="launch_refused")


#: One is drawn: what stands here several times is drawn so much more often.
_JOBS: Sequence[Callable[[random.Random], FuzzedJob]] = (
    _quick,
    _quick,
    _chatty,
    _chatty,
    _chatty,
    _loud,
    _endless,
    _too_long,
    _retried,
    _refused,
)


def _ended(fields: Mapping[str, Any], code: int, stdout: bytes) -> FuzzedJob:
    if not code:
        return FuzzedJob(fields=fields, stdout=stdout)
    return FuzzedJob(fields=fields, status="failed", exit_code=code, reason="exit_code", stdout=stdout)


def _kinds(database: DatabaseKind, executor: Executor) -> Sequence[ActionKind]:
    workers: list[ActionKind] = ["kill worker", "kill worker", "freeze worker", "hand over", "start worker"]
    of_databases: dict[DatabaseKind, list[ActionKind]] = {
        "sqlite": ["lock database"],
        "postgresql": ["cut database", "cut database", "restart database", "kill database"],
    }
    of_executors: dict[Executor, list[ActionKind]] = {
        "process": ["kill shim", "freeze shim"],
        "docker": ["kill container", "freeze engine", "restart engine", "cut engine off"],
    }
    return [*workers, "cancel", *of_databases[database], *of_executors[executor]]


def _action(chance: random.Random, kinds: Sequence[ActionKind]) -> Action:
    kind = chance.choice(kinds)
    return Action(
        at=chance.uniform(0.05, SPAN),
        kind=kind,
        which=chance.randrange(100),
        seconds=chance.choice([0.05, 0.3, 0.8, 1.5, 3.0]),
        fault_point=_fault_point(chance) if kind == "start worker" and chance.random() < 0.5 else "",
    )


def _fault_point(chance: random.Random) -> str:
    point = chance.choice([point for point in FAULT_POINTS if point not in _PULLS])
    return f"{point}:{chance.choice([1, 1, 2, 3])}"
