"""The files of both versions of cgroups, laid out in a directory."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from container_manager.executors.base import Sample, Usage, UsageSource
from container_manager.executors.docker import cgroup

NAME = "sickbay-0a1b2c3d-7-2"


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@pytest.fixture(params=[("cgroupfs", "1"), ("cgroupfs", "2"), ("systemd", "1"), ("systemd", "2")])
def hierarchy(request: pytest.FixtureRequest, tmp_path: Path) -> cgroup.Hierarchy:
    """Both versions under both drivers, on a tree of plain files."""
    for tree in ("memory", "cpuacct", "cpu", "pids", "blkio"):
        if request.param[1] == "1":
            (tmp_path / tree).mkdir()
    found = cgroup.hierarchy_of(*request.param, tmp_path)
    assert found is not None
    return found


def place(hierarchy: cgroup.Hierarchy, tree: str) -> Path:
    """Where the parent of the test's attempt lies in a tree."""
    base = hierarchy.root / tree if hierarchy.version == 1 else hierarchy.root
    return base / hierarchy.driver.path_of(NAME)


def fill(hierarchy: cgroup.Hierarchy) -> None:
    """Lay out what the kernel counts for a parent whose container is over."""
    if hierarchy.version == 1:
        write(place(hierarchy, "memory") / "memory.max_usage_in_bytes", "1048576\n")
        write(place(hierarchy, "memory") / "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n")
        write(place(hierarchy, "cpuacct") / "cpuacct.usage", "1500000000\n")
        write(place(hierarchy, "cpu") / "cpu.stat", "nr_periods 40\nnr_throttled 30\nthrottled_time 700000000\n")
    else:
        write(place(hierarchy, "") / "memory.peak", "1048576\n")
        write(place(hierarchy, "") / "memory.events", "low 0\nhigh 0\nmax 4\noom 1\noom_kill 2\n")
        stat = "usage_usec 1500000\nuser_usec 1\nnr_periods 40\nnr_throttled 30\nthrottled_usec 700000\n"
        write(place(hierarchy, "") / "cpu.stat", stat)
        write(place(hierarchy, "") / "io.stat", "254:0 rbytes=10 wbytes=20 rios=1\n8:0 rbytes=1 wbytes=2 rios=1\n")
    write(place(hierarchy, "pids") / "pids.peak", "7\n")


def test_other_drivers_have_no_groups_of_ours():
    assert cgroup.hierarchy_of("none", "1") is None


def test_the_parent_is_told_as_each_driver_wants_it(tmp_path: Path):
    plain, slices = (cgroup.hierarchy_of(driver, "2", tmp_path) for driver in ("cgroupfs", "systemd"))
    assert plain is not None
    assert slices is not None
    assert plain.driver.parent_of(NAME) == "/sickbay/sickbay-0a1b2c3d-7-2"
    assert slices.driver.parent_of(NAME) == "sickbay-0a1b2c3d_7_2.slice"
    assert slices.driver.path_of(NAME) == "sickbay.slice/sickbay-0a1b2c3d_7_2.slice"


def test_a_parent_tells_what_ran_in_it_by_either_version_and_driver(hierarchy: cgroup.Hierarchy):
    fill(hierarchy)
    usage = hierarchy.usage(NAME)
    assert (usage.source, usage.peak_memory_bytes, usage.cpu_seconds, usage.pids_peak) == (
        UsageSource.EXACT,
        1048576,
        1.5,
        7,
    )
    assert usage.oom_kills == (2 if hierarchy.version == 2 else None)
    assert (usage.io_read_bytes, usage.io_write_bytes) == ((11, 22) if hierarchy.version == 2 else (None, None))
    # A slice has no limit of its own, and so its counters of throttling say nothing.
    told = (40, 30, 0.7) if hierarchy.driver.makes_groups else (None, None, None)
    assert (usage.cpu_periods, usage.throttled_periods, usage.throttled_seconds) == told


def test_a_kernel_without_a_peak_still_gives_the_rest(tmp_path: Path):
    hierarchy = cgroup.hierarchy_of("cgroupfs", "2", tmp_path)
    assert hierarchy is not None
    write(place(hierarchy, "") / "cpu.stat", "usage_usec 250000\n")
    write(place(hierarchy, "") / "memory.events", "oom_kill 2\n")
    assert hierarchy.usage(NAME) == Usage(cpu_seconds=0.25, oom_kills=2, source=UsageSource.EXACT)


def test_a_running_group_is_sampled_without_the_cache_that_can_be_dropped(hierarchy: cgroup.Hierarchy):
    first = hierarchy.version == 1
    write(place(hierarchy, "memory") / ("memory.usage_in_bytes" if first else "memory.current"), "5000\n")
    cache = "total_inactive_file 1000\n" if first else "inactive_file 1000\n"
    write(place(hierarchy, "memory") / "memory.stat", cache)
    write(place(hierarchy, "cpuacct") / "cpuacct.usage", "2000000000\n")
    write(place(hierarchy, "cpu") / "cpu.stat", "" if first else "usage_usec 2000000\n")
    write(place(hierarchy, "pids") / "pids.current", "3\n")
    write(place(hierarchy, "cpu") / "docker-c1.scope" / "cpu.stat", "nr_periods 9\nnr_throttled 4\nthrottled_time 0\n")
    found = hierarchy.sample(NAME)
    assert found is not None
    assert found[0] == Sample(memory_bytes=4000, cpu_seconds=2.0, pids=3)
    assert (found[1].throttled_periods == 4) is not hierarchy.driver.makes_groups

    write(place(hierarchy, "pids") / "pids.current", "0\n")
    assert hierarchy.sample(NAME) is None


def test_what_version_one_forgets_about_disks_is_sampled(tmp_path: Path):
    (tmp_path / "blkio").mkdir()
    hierarchy = cgroup.hierarchy_of("cgroupfs", "1", tmp_path)
    assert hierarchy is not None
    write(place(hierarchy, "memory") / "memory.usage_in_bytes", "5000\n")
    moved = "254:0 Read 4096\n254:0 Write 512\n254:0 Sync 1\n254:0 Total 4608\nTotal 4608\n"
    write(place(hierarchy, "blkio") / "blkio.throttle.io_service_bytes_recursive", moved)
    found = hierarchy.sample(NAME)
    assert found is not None
    assert (found[1].io_read_bytes, found[1].io_write_bytes) == (4096, 512)
    # A kernel that counts no device has nothing to say, which is not zero.
    write(place(hierarchy, "blkio") / "blkio.throttle.io_service_bytes_recursive", "Total 0\n")
    found = hierarchy.sample(NAME)
    assert found is not None
    assert found[1].io_read_bytes is None


def test_a_group_in_which_nothing_ran_says_nothing(hierarchy: cgroup.Hierarchy):
    assert cgroup.make(hierarchy, NAME)
    assert hierarchy.usage(NAME) == Usage()
    assert hierarchy.sample(NAME) is None
    assert not cgroup.holds(hierarchy, NAME, "c1")


def test_a_container_beneath_our_group_proves_that_it_is_shared(hierarchy: cgroup.Hierarchy):
    own = "c1" if hierarchy.driver.makes_groups else "docker-c1.scope"
    (place(hierarchy, "memory") / own).mkdir(parents=True)
    assert cgroup.holds(hierarchy, NAME, "c1")


def test_the_parent_is_given_the_limit_over_half_the_period(tmp_path: Path):
    for version, tree, files in (("1", "cpu", ("cpu.cfs_quota_us", "cpu.cfs_period_us")), ("2", "", ("cpu.max",))):
        hierarchy = cgroup.hierarchy_of("cgroupfs", version, tmp_path / version)
        assert hierarchy is not None
        for file in files:
            write(place(hierarchy, tree) / file, "")
        (tmp_path / version / "cpu").mkdir(exist_ok=True)
        assert cgroup.make(hierarchy, NAME, 0.5)
        told = [(place(hierarchy, tree) / file).read_text() for file in files]
        assert told == (["25000", "50000"] if version == "1" else ["25000 50000"])


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
    hierarchy = cgroup.hierarchy_of("cgroupfs", "2", tmp_path)
    assert hierarchy is not None
    assert not cgroup.make(hierarchy, NAME)


@pytest.mark.cgroup
@pytest.mark.root
def test_the_kernels_own_second_version_counts_what_ran_below_a_parent():
    root = next((path for path in (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified")) if _is_second(path)), None)
    if root is None:
        pytest.skip("this machine mounts no cgroup2 tree")
    hierarchy = cgroup.hierarchy_of("cgroupfs", "2", root)
    assert hierarchy is not None
    name = f"sickbay-test-{os.getpid()}-1"
    try:
        assert cgroup.make(hierarchy, name)
        [parent] = hierarchy.accounting(name)
        below = parent / "c1"
        below.mkdir()
        busy = "echo $$ > $0/cgroup.procs; i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done"
        subprocess.run(["sh", "-c", busy, str(below)], check=True)
        below.rmdir()
        usage = hierarchy.usage(name)
        assert usage.source is UsageSource.EXACT
        assert usage.cpu_seconds is not None
        assert usage.cpu_seconds > 0.005
    finally:
        assert cgroup.remove(hierarchy, name)


def _is_second(path: Path) -> bool:
    return (path / "cgroup.controllers").exists()
