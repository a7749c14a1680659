from __future__ import annotations

import pytest

from container_manager.runspec.resources import check_resources
from container_manager.runspec.spec import GpuRequest, Resources, Ulimit
from container_manager.validation.problems import Problems
from tests.unit.container_manager.runspec.told import told


def resources_of(**fields: object) -> Resources:
    problems = Problems()
    resources = check_resources(fields, problems)
    problems.raise_if_any()
    return resources


def test_nothing_asked_is_nothing_set() -> None:
    assert resources_of() == Resources()


def test_sizes_are_in_megabytes() -> None:
    resources = resources_of(memory_limit=64, swap_limit=32, shm_size=128)
    assert (resources.swap_limit_mb, resources.shm_size_mb) == (32, 128)


def test_swap_without_a_memory_limit_is_told() -> None:
    assert told(check_resources, swap_limit=32) == {"swap_limit": "Set memory_limit too."}


@pytest.mark.parametrize(
    ("asked", "request_"),
    [
        (2, GpuRequest(count=2)),
        ("all", GpuRequest(count=-1)),
        ({"count": "all"}, GpuRequest(count=-1)),
        ({"ids": ["0", "GPU-3a"], "driver": "nvidia"}, GpuRequest(device_ids=("0", "GPU-3a"), driver="nvidia")),
        ({"count": 1, "capabilities": ["gpu", "utility"]}, GpuRequest(count=1, capabilities=("gpu", "utility"))),
    ],
)
def test_graphics_processors_are_counted_or_named(asked: object, request_: GpuRequest) -> None:
    assert resources_of(gpus=asked).gpus == request_


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (0, "gpus"),
        (True, "gpus"),
        ("two", "gpus"),
        ([], "gpus"),
        ({}, "gpus"),
        ({"count": 1, "ids": ["0"]}, "gpus"),
        ({"number": 1}, "gpus"),
        ({"ids": "0"}, "gpus['ids']"),
        ({"ids": [0]}, "gpus['ids'][0]"),
        ({"count": 1, "driver": 7}, "gpus['driver']"),
    ],
)
def test_what_is_no_request_for_graphics_processors_is_told(asked: object, field: str) -> None:
    assert field in told(check_resources, gpus=asked)


def test_a_limit_has_a_soft_and_a_hard_side() -> None:
    limits = resources_of(ulimits={"nofile": (1024, 4096), "core": 0, "stack": -1, "nproc": [5, -1]}).ulimits
    assert limits == (
        Ulimit(name="core", soft=0, hard=0),
        Ulimit(name="nofile", soft=1024, hard=4096),
        Ulimit(name="nproc", soft=5, hard=-1),
        Ulimit(name="stack", soft=-1, hard=-1),
    )


@pytest.mark.parametrize(
    ("ulimits", "fix"),
    [
        ({"nofiles": 1}, "Did you mean 'nofile'?"),
        ({"RLIMIT_CORE": 1}, "Did you mean 'core'?"),
        ({"nofile": "1024"}, "-1 is no limit"),
        ({"nofile": True}, "-1 is no limit"),
        ({"nofile": (1, 2, 3)}, "-1 is no limit"),
        ({"nofile": -2}, "-1 is no limit"),
        ({"nofile": 2**63}, "-1 is no limit"),
        ({"nofile": (4096, 1024)}, "(soft, hard)"),
        ({"nofile": (-1, 1024)}, "(soft, hard)"),
        ({7: 1}, "There are core"),
        ("nofile=1", "{'nofile': 4096"),
    ],
)
def test_what_is_no_limit_is_told_with_what_would_be(ulimits: object, fix: str) -> None:
    [answer] = told(check_resources, ulimits=ulimits).values()
    assert fix in answer
