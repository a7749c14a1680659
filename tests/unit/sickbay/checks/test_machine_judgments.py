"""Disks and memory, judged from readings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sickbay.checks.finding import Severity
from sickbay.checks.machine_judgments import (
    FULL,
    GB,
    NO_INODES,
    NO_MEMORY,
    DiskReading,
    MemoryReading,
    judge_disks,
    judge_memory,
)
from sickbay.safety.outcome import State

ROOMY = DiskReading(
    path="/", holds=("the project",), size=100 * GB, free=50 * GB, inodes=1_000_000, inodes_free=900_000
)
CALM = MemoryReading(size=16 * GB, available=8 * GB, pressure=0.0)


def test_a_disk_with_room_is_well() -> None:
    found = judge_disks([ROOMY])
    assert (found.outcome.state, found.outcome.detail) == (State.OK, "50% free or more (the project)")


def test_a_full_disk_among_others_is_a_problem_and_named() -> None:
    found = judge_disks([ROOMY, replace(ROOMY, path="/data", free=GB, holds=("temporary files",))])
    assert (found.outcome.state, found.severity, found.cause) == (State.FAIL, Severity.PROBLEM, FULL)
    assert found.evidence == ("/data: 1.0 GB of 100.0 GB are free; it holds temporary files",)


def test_a_disk_without_inodes_left_is_another_cause() -> None:
    found = judge_disks([replace(ROOMY, inodes_free=10)])
    assert (found.severity, found.cause) == (Severity.PROBLEM, NO_INODES)


def test_a_file_system_that_counts_no_inodes_is_not_blamed_for_that() -> None:
    assert judge_disks([replace(ROOMY, inodes=0, inodes_free=0)]).outcome.state is State.OK


def test_a_disk_that_is_soon_full_is_a_warning() -> None:
    assert judge_disks([replace(ROOMY, free=4 * GB)]).severity is Severity.WARNING


def test_a_small_share_of_a_huge_disk_is_still_much() -> None:
    assert judge_disks([replace(ROOMY, size=1000 * GB, free=40 * GB)]).outcome.state is State.OK


def test_without_any_folder_nothing_is_said() -> None:
    assert judge_disks([]).outcome.state is State.NOT_MEASURED


def test_memory_that_is_there_is_well() -> None:
    assert judge_memory(CALM).outcome.state is State.OK


@pytest.mark.parametrize("reading", [replace(CALM, pressure=45.0), replace(CALM, available=GB // 10)])
def test_no_memory_left_is_a_problem(reading: MemoryReading) -> None:
    found = judge_memory(reading)
    assert (found.outcome.state, found.severity, found.cause) == (State.FAIL, Severity.PROBLEM, NO_MEMORY)


@pytest.mark.parametrize("reading", [replace(CALM, pressure=20.0), replace(CALM, available=GB // 2)])
def test_short_memory_is_a_warning(reading: MemoryReading) -> None:
    assert judge_memory(reading).severity is Severity.WARNING


@pytest.mark.parametrize("reading", [replace(CALM, pressure=None), replace(CALM, size=None, available=None)])
def test_one_figure_takes_the_place_of_the_other(reading: MemoryReading) -> None:
    assert judge_memory(reading).outcome.state is State.OK


def test_a_kernel_that_tells_nothing_is_no_failure() -> None:
    assert judge_memory(MemoryReading()).outcome.state is State.NOT_MEASURED
