"""What is known of an installation and a machine, read from a tree of files."""

from __future__ import annotations

from pathlib import Path

import pytest

import sickbay
from sickbay.reports.environment import environment, telling_variables


def _tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_the_installation_is_told_also_where_nothing_of_the_machine_can_be_read(tmp_path: Path) -> None:
    told = environment(tmp_path)
    assert told["Sickbay"] == sickbay.__version__
    assert {"Python", "Django", "Kernel"} <= set(told)
    assert not {"Operating system", "Memory", "In a container", "Limits here"} & set(told)


@pytest.mark.parametrize(
    "groups",
    [
        {"memory.max": "536870912\n", "cpu.max": "150000 100000\n", "pids.max": "100\n"},
        {
            "memory/memory.limit_in_bytes": "536870912\n",
            "cpu/cpu.cfs_quota_us": "150000\n",
            "cpu/cpu.cfs_period_us": "100000\n",
            "pids/pids.max": "100\n",
        },
    ],
    ids=["version 2", "version 1"],
)
def test_a_container_tells_its_limits(tmp_path: Path, groups: dict[str, str]) -> None:
    files = {f"sys/fs/cgroup/{name}": text for name, text in groups.items()}
    files |= {
        ".dockerenv": "",
        "proc/meminfo": "MemTotal:  2048000 kB\n",
        "etc/os-release": 'PRETTY_NAME="Some OS 1"\n',
    }
    told = environment(_tree(tmp_path, files))
    assert told["Limits here"] == "memory 512 MB, CPUs 1.5, processes 100"
    assert (told["In a container"], told["Memory"], told["Operating system"]) == ("yes", "2000 MB", "Some OS 1")


@pytest.mark.parametrize(
    "groups",
    [
        {"memory.max": "max\n", "cpu.max": "max 100000\n", "pids.max": "max\n"},
        {"memory/memory.limit_in_bytes": "9223372036854771712\n", "cpu/cpu.cfs_quota_us": "-1\n"},
    ],
    ids=["version 2", "version 1"],
)
def test_no_limit_is_not_told_as_one(tmp_path: Path, groups: dict[str, str]) -> None:
    told = environment(_tree(tmp_path, {f"sys/fs/cgroup/{name}": text for name, text in groups.items()}))
    assert "Limits here" not in told


def test_of_variables_only_the_telling_names_are_kept() -> None:
    names = ["PATH", "DOCKER_HOST", "AWS_SECRET_ACCESS_KEY", "https_proxy", "DJANGO_SETTINGS_MODULE", "CIDER", "CI"]
    assert telling_variables(names) == ["CI", "DJANGO_SETTINGS_MODULE", "DOCKER_HOST", "https_proxy"]
