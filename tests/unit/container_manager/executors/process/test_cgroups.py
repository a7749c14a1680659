"""Where control groups can be made, and which files say what; on texts and files in the kernel's own form."""

from __future__ import annotations

from pathlib import Path

import pytest

from container_manager.executors import kernel_files
from container_manager.executors.process import cgroups
from container_manager.executors.process.cgroups import Hierarchy, Limits

HYBRID_MOUNTS = """\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
36 31 0:33 / /sys/fs/cgroup/memory rw,relatime shared:5 - cgroup cgroup rw,memory
37 31 0:34 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
38 31 0:35 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""
HYBRID_GROUPS = """\
9:name=systemd:/init.scope
4:memory:/service/worker
2:cpu,cpuacct:/
0::/service
"""


def test_each_controllers_place_is_found_also_where_two_share_a_tree():
    first, second = cgroups.mounted_positions(HYBRID_MOUNTS, HYBRID_GROUPS)
    assert first["memory"] == Path("/sys/fs/cgroup/memory/service/worker")
    assert first["cpu"] == first["cpuacct"] == Path("/sys/fs/cgroup/cpu,cpuacct")
    assert second == Path("/sys/fs/cgroup/unified/service")


def test_inside_a_container_the_place_is_told_from_the_visible_root():
    mounts = "36 31 0:33 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    first, _ = cgroups.mounted_positions(mounts, "4:memory:/docker/abc/below\n")
    assert first == {"memory": Path("/sys/fs/cgroup/memory/below")}


def test_two_controllers_of_one_tree_have_one_group():
    hierarchy = Hierarchy(version=1, positions={"cpu": Path("/c"), "cpuacct": Path("/c"), "memory": Path("/m")})
    assert hierarchy.group_paths("n") == ("/c/sickbay-process/n", "/m/sickbay-process/n")
    assert hierarchy.controllers == {"cpu", "memory"}


def _tree(folder: Path, *, handed_on: str) -> Path:
    place = folder / "service"
    place.mkdir()
    for directory, controllers in ((folder, "cpu memory pids"), (place, handed_on)):
        (directory / "cgroup.subtree_control").write_text(controllers)
        (directory / "cgroup.procs").write_text("")
    return place


def _mounts(folder: Path) -> str:
    return f"38 31 0:35 / {folder} rw - cgroup2 cgroup2 rw\n"


def test_in_version_2_groups_are_made_below_us_where_we_hand_controllers_on(tmp_path: Path):
    place = _tree(tmp_path, handed_on="memory pids")
    hierarchy = cgroups.find_hierarchy(_mounts(tmp_path), "0::/service\n")
    assert hierarchy == Hierarchy(version=2, positions={"memory": place, "pids": place})


def test_in_version_2_groups_are_made_beside_us_where_we_may_not_hand_on(tmp_path: Path):
    _tree(tmp_path, handed_on="")
    hierarchy = cgroups.find_hierarchy(_mounts(tmp_path), "0::/service\n")
    assert hierarchy is not None
    assert set(hierarchy.positions.values()) == {tmp_path}
    assert hierarchy.controllers == {"cpu", "memory", "pids"}


def test_where_nothing_is_mounted_there_are_no_groups():
    assert cgroups.find_hierarchy("", "0::/\n") is None


@pytest.mark.parametrize(
    ("version", "files"),
    [
        (
            1,
            {
                "memory.limit_in_bytes": "64",
                "memory.memsw.limit_in_bytes": "64",
                "cpu.cfs_period_us": "100000",
                "cpu.cfs_quota_us": "50000",
                "pids.max": "9",
            },
        ),
        (2, {"memory.max": "64", "memory.swap.max": "0", "cpu.max": "50000 100000", "pids.max": "9"}),
    ],
)
def test_limits_are_written_in_the_words_of_each_version(tmp_path: Path, version: int, files: dict[str, str]):
    group = tmp_path / cgroups.FOLDER / "n"
    group.mkdir(parents=True)
    for name in files:
        (group / name).touch()
    hierarchy = Hierarchy(version=version, positions={"memory": tmp_path})
    cgroups.make_groups(hierarchy, "n", Limits(memory_bytes=64, cpus=0.5, pids=9))
    assert {path.name: path.read_text() for path in group.iterdir()} == files


def test_a_group_without_limits_gets_none(tmp_path: Path):
    cgroups.make_groups(Hierarchy(version=1, positions={"memory": tmp_path}), "n", Limits())
    assert list((tmp_path / cgroups.FOLDER / "n").iterdir()) == []


def test_removing_takes_the_folder_with_the_last_group(tmp_path: Path):
    hierarchy = Hierarchy(version=1, positions={"memory": tmp_path})
    for name in ("a", "b"):
        cgroups.make_groups(hierarchy, name, Limits())
    cgroups.remove_groups(hierarchy.group_paths("a"))
    assert (tmp_path / cgroups.FOLDER / "b").exists()
    cgroups.remove_groups(hierarchy.group_paths("a"))
    cgroups.remove_groups(hierarchy.group_paths("b"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "files",
    [
        {
            "memory.max_usage_in_bytes": "4096\n",
            "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
            "cpuacct.usage": "3000000\n",
        },
        {
            "memory.peak": "4096\n",
            "memory.events": "low 0\nhigh 0\nmax 5\noom 1\noom_kill 2\noom_group_kill 0\n",
            "cpu.stat": "usage_usec 3000\nuser_usec 1\n",
        },
    ],
    ids=["version 1", "version 2"],
)
def test_both_versions_give_the_same_figures(tmp_path: Path, files: dict[str, str]):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    figures = kernel_files.group_figures([str(tmp_path)])
    assert figures == {"peak_memory_bytes": 4096, "oom_kills": 2, "cpu_nanoseconds": 3_000_000}
