from __future__ import annotations

import os
from pathlib import Path

import pytest

from container_manager.executors.kernel_log import oom_kills

ID = "e89ea75a4ae2"
NAMES = {ID, f"docker-{ID}.scope"}


def record(group: str, *, constraint: str = "CONSTRAINT_MEMCG", task: str = "") -> str:
    """One record as the kernel writes it, with the group whose limit was reached and that of the process."""
    limited = f"oom_memcg={group},task_memcg={task or group}" if "MEMCG" in constraint else f"task_memcg={task}"
    return f"4,17,69667,-;oom-kill:constraint={constraint},nodemask=(null),{limited},task=dd,pid=29501,uid=0\n"


@pytest.mark.parametrize(
    ("records", "kills"),
    [
        ([], None),
        ([record(f"/sickbay/a-1/{ID}")], 1),
        ([record(f"/outer/sickbay.slice/sickbay-a_1.slice/docker-{ID}.scope")], 1),
        ([record(f"/sickbay/a-1/{ID}"), record("/sickbay/b-2/another"), record(f"/sickbay/a-1/{ID}")], 2),
        ([record(f"/sickbay/a-1/{ID}", task=f"/sickbay/a-1/{ID}/below")], 1),
        ([record(f"/sickbay/a-1/{ID}/below")], None),
        ([record("", constraint="CONSTRAINT_NONE", task=f"/sickbay/a-1/{ID}")], None),
        ([f"6,18,69668,-;Memory cgroup out of memory: Killed process 7 ({ID})\n"], None),
    ],
    ids=[
        "nothing",
        "cgroupfs",
        "systemd",
        "two of three",
        "a process in a group below",
        "at the limit of a group below",
        "the machine's memory",
        "a program's name",
    ],
)
def test_kills_at_the_limit_of_one_group_are_counted(tmp_path: Path, records: list[str], kills: int | None):
    log = tmp_path / "kmsg"
    log.write_text("".join(records))
    assert oom_kills(NAMES, log) == kills


def test_a_log_that_may_not_be_read_tells_nothing(tmp_path: Path):
    assert oom_kills(NAMES, tmp_path / "absent") is None


def test_nothing_is_waited_for(tmp_path: Path):
    log = tmp_path / "kmsg"
    os.mkfifo(log)
    writer = os.open(log, os.O_RDWR)
    try:
        os.write(writer, record(f"/sickbay/a-1/{ID}").encode())
        assert oom_kills(NAMES, log) == 1
    finally:
        os.close(writer)
