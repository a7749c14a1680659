from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from container_manager.executors.base import (
    AttemptKey,
    Exited,
    Hint,
    HintKind,
    Lost,
    Prepared,
    Running,
    Usage,
)
from container_manager.executors.docker import wire
from container_manager.executors.docker.observation import (
    hint_of,
    may_be_out_of_memory,
    observation_of,
    refused_start,
    time_of,
)
from container_manager.executors.docker.translate import labels_of

KEY = AttemptKey(installation="0a1b2c3d", job_id=7, number=2)
ZERO = "0001-01-01T00:00:00Z"


def container(status: str, **fields: object) -> wire.Container:
    times = {"started_at": "2026-01-02T03:04:05.123456789Z", "finished_at": ZERO}
    state = wire.State(status=status, **{**times, **fields})  # type: ignore[arg-type]  # the fields are the tests' own
    return wire.Container(
        id="c1", name=f"/{KEY.name}", state=state, config=wire.Config(), host_config=wire.HostConfig()
    )


def test_nanoseconds_are_read_as_far_as_python_can_hold_them():
    assert time_of("2026-01-02T03:04:05.123456789Z") == datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)
    assert time_of("2026-01-02T03:04:05.1Z") == datetime(2026, 1, 2, 3, 4, 5, 100000, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", ZERO])
def test_the_zero_time_is_none(text: str):
    assert time_of(text) is None


def test_a_container_that_was_not_started_is_prepared():
    assert observation_of(container("created"), Usage()) == Prepared()


@pytest.mark.parametrize("status", ["running", "paused", "restarting"])
def test_a_container_that_works_is_running(status: str):
    assert isinstance(observation_of(container(status), Usage()), Running)


@pytest.mark.parametrize("status", ["exited", "dead", "removing"])
def test_a_container_that_is_over_has_exited(status: str):
    observation = observation_of(container(status, exit_code=3, finished_at="2026-01-02T03:04:06Z"), Usage())
    assert isinstance(observation, Exited)
    assert (observation.exit_code, observation.signal, observation.oom_killed) == (3, None, False)


def test_a_container_on_its_way_out_that_never_ran_is_lost():
    assert isinstance(observation_of(container("removing", started_at=ZERO), Usage()), Lost)


@pytest.mark.parametrize(("flag", "kills", "expected"), [(True, None, True), (False, 2, True), (False, 0, False)])
def test_a_kill_at_the_limit_is_told_by_the_engine_or_by_the_kernels_count(
    flag: bool, kills: int | None, expected: bool
):
    over = container("exited", oom_killed=flag, finished_at="2026-01-02T03:04:06Z")
    observation = observation_of(over, Usage(oom_kills=kills))
    assert isinstance(observation, Exited)
    assert observation.oom_killed is expected


def test_a_very_short_program_does_not_end_before_it_began():
    observation = observation_of(container("exited", finished_at="2026-01-02T03:04:05.1Z"), Usage())
    assert isinstance(observation, Exited)
    assert observation.started_at == observation.finished_at


@pytest.mark.parametrize(
    ("action", "attributes", "hint"),
    [
        ("start", {}, Hint(kind=HintKind.STARTED, key=KEY)),
        ("die", {"exitCode": "3"}, Hint(kind=HintKind.ENDED, key=KEY)),
        ("oom", {}, Hint(kind=HintKind.OOM, key=KEY)),
        ("kill", {"signal": "15"}, Hint(kind=HintKind.SIGNALLED, key=KEY, signal=15)),
        ("destroy", {}, Hint(kind=HintKind.REMOVED, key=KEY)),
        ("rename", {}, None),
    ],
)
def test_events_become_hints(action: str, attributes: dict[str, str], hint: Hint | None):
    event = wire.Event(action=action, actor=wire.Actor(attributes={**labels_of(KEY), **attributes}))
    assert hint_of(event) == hint


def test_an_event_without_our_labels_is_no_hint():
    assert hint_of(wire.Event(action="die")) is None


@pytest.mark.parametrize(("noted", "exit_code"), [(127, 127), (126, 126), (128, 125), (0, 125)])
def test_a_refused_start_has_the_exit_code_of_the_command_line(noted: int, exit_code: int):
    assert refused_start("no", container("created", exit_code=noted).state).exit_code == exit_code


@pytest.mark.parametrize(
    ("fields", "limit", "usage", "expected"),
    [
        ({"exit_code": 137}, 1000, Usage(peak_memory_bytes=990), True),
        ({"exit_code": 137}, 1000, Usage(), True),
        ({"exit_code": 137}, 1000, Usage(peak_memory_bytes=500), False),
        ({"exit_code": 137}, 0, Usage(peak_memory_bytes=990), False),
        ({"exit_code": 137, "oom_killed": True}, 1000, Usage(peak_memory_bytes=990), False),
        ({"exit_code": 137}, 1000, Usage(peak_memory_bytes=990, oom_kills=1), False),
        ({"exit_code": 1}, 1000, Usage(peak_memory_bytes=990), False),
    ],
)
def test_who_was_killed_with_all_memory_used_and_without_a_word_why_is_looked_at_again(
    fields: dict, limit: int, usage: Usage, expected: bool
):
    seen = msgspec.structs.replace(container("exited", **fields), host_config=wire.HostConfig(memory=limit))
    assert may_be_out_of_memory(seen, usage) is expected
