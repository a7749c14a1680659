"""Telling our processes from others that have their numbers."""

from __future__ import annotations

from container_manager.executors.process.leftovers import is_same_boot, members_of
from container_manager.executors.process.room import total_memory_mb
from container_manager.executors.process.shim import kernel
from container_manager.executors.process.shim.kernel import ProcessStat, parse_stat

STARTED = {"pid": "100", "pid_started": "5000", "boot_id": "b"}


def process(*, session: int, started: int) -> ProcessStat:
    return ProcessStat(state="S", parent=1, session=session, started=started)


def test_a_stat_line_is_read_whatever_the_command_is_called():
    text = "42 (a) S 1 (b)) Z 7 42 9 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 1 1"
    stat = parse_stat(text)
    assert (stat.state, stat.parent, stat.session, stat.started) == ("Z", 7, 9, 12345)
    assert not stat.alive


def test_the_members_of_our_session_are_ours():
    living = {
        100: process(session=100, started=5000),
        101: process(session=100, started=6000),
        102: process(session=7, started=6000),
    }
    assert members_of(STARTED, living) == {100: 5000, 101: 6000}


def test_members_stay_ours_when_their_leader_is_gone():
    assert members_of(STARTED, {101: process(session=100, started=6000)}) == {101: 6000}


def test_a_number_that_was_given_out_again_makes_nobody_ours():
    living = {100: process(session=100, started=9000), 101: process(session=100, started=9500)}
    assert members_of(STARTED, living) == {}


def test_what_is_older_than_our_start_is_not_ours():
    assert members_of(STARTED, {101: process(session=100, started=4000)}) == {}


def test_a_start_before_the_last_reboot_is_not_of_this_boot():
    assert not is_same_boot(STARTED)
    assert not is_same_boot({})
    assert is_same_boot({**STARTED, "boot_id": kernel.boot_id()})


def test_memory_is_read_in_megabytes():
    assert total_memory_mb("MemTotal:       24684000 kB\nMemFree: 1 kB\n") == 24105
    assert total_memory_mb("") is None
