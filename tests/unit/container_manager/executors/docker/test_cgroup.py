"""The files of both versions of cgroups, laid out in a directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from container_manager.executors.base import Usage, UsageSource
from container_manager.executors.docker import cgroup

NAME = "sickbay-0a1b2c3d-7-2"


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def test_other_drivers_have_no_groups_of_ours():
    assert cgroup.hierarchy_of("systemd", "2") is None
    assert cgroup.hierarchy_of("none", "1") is None


def test_version_one_reads_peak_and_processor_time(tmp_path: Path):
    hierarchy = cgroup.hierarchy_of("cgroupfs", "1", tmp_path)
    assert hierarchy is not None
    write(tmp_path / "memory/sickbay" / NAME / "memory.max_usage_in_bytes", "1048576\n")
    write(tmp_path / "cpuacct/sickbay" / NAME / "cpuacct.usage", "1500000000\n")
    assert hierarchy.usage(NAME) == Usage(peak_memory_bytes=1048576, cpu_seconds=1.5, source=UsageSource.EXACT)


def test_version_two_reads_kills_at_the_limit_as_well(tmp_path: Path):
    hierarchy = cgroup.hierarchy_of("cgroupfs", "2", tmp_path)
    assert hierarchy is not None
    write(tmp_path / "sickbay" / NAME / "memory.peak", "2097152\n")
    write(tmp_path / "sickbay" / NAME / "memory.events", "low 0\nhigh 0\nmax 4\noom 1\noom_kill 1\n")
    write(tmp_path / "sickbay" / NAME / "cpu.stat", "usage_usec 250000\nuser_usec 1\n")
    expected = Usage(peak_memory_bytes=2097152, cpu_seconds=0.25, oom_kills=1, source=UsageSource.EXACT)
    assert hierarchy.usage(NAME) == expected


def test_a_kernel_without_a_peak_still_gives_the_rest(tmp_path: Path):
    write(tmp_path / "sickbay" / NAME / "cpu.stat", "usage_usec 250000\n")
    write(tmp_path / "sickbay" / NAME / "memory.events", "oom_kill 2\n")
    usage = cgroup.VersionTwo(root=tmp_path).usage(NAME)
    assert usage == Usage(cpu_seconds=0.25, oom_kills=2, source=UsageSource.EXACT)


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_group_in_which_nothing_ran_says_nothing(tmp_path: Path, version: str):
    hierarchy = cgroup.hierarchy_of("cgroupfs", version, tmp_path)
    assert hierarchy is not None
    assert cgroup.make(hierarchy, NAME)
    assert hierarchy.usage(NAME) == Usage()
    assert not cgroup.holds(hierarchy, NAME, "c1")


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_container_beneath_our_group_proves_that_it_is_shared(tmp_path: Path, version: str):
    hierarchy = cgroup.hierarchy_of("cgroupfs", version, tmp_path)
    assert hierarchy is not None
    cgroup.make(hierarchy, NAME)
    (hierarchy.accounting(NAME)[0] / "c1").mkdir()
    assert cgroup.holds(hierarchy, NAME, "c1")


@pytest.mark.parametrize("version", ["1", "2"])
def test_removing_takes_the_group_away_everywhere_and_may_be_repeated(tmp_path: Path, version: str):
    hierarchy = cgroup.hierarchy_of("cgroupfs", version, tmp_path)
    assert hierarchy is not None
    cgroup.make(hierarchy, NAME)
    (hierarchy.accounting(NAME)[0] / "c1").mkdir()
    assert cgroup.remove(hierarchy, NAME)
    assert cgroup.remove(hierarchy, NAME)
    assert not list(tmp_path.glob(f"**/{NAME}"))


def test_where_no_group_can_be_made_it_is_said(tmp_path: Path):
    (tmp_path / "sickbay").write_text("a file where a directory should be")
    assert not cgroup.make(cgroup.VersionTwo(root=tmp_path), NAME)
