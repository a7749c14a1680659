"""Disks, Pythons, and checks that misbehave, for real."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sickbay.checks.check import Check, Place
from sickbay.checks.finding import Finding, well
from sickbay.checks.interpreter import BROKEN, MISSING, UNFIT, look_at_python
from sickbay.checks.machine_judgments import FULL, judge_disks
from sickbay.checks.machine_readings import read_disks, read_memory
from sickbay.checks.running import Progress, run_side_by_side
from sickbay.safety.landlock import landlock_version
from sickbay.safety.outcome import NotMeasured, State

HERE = Place(folder=Path.cwd(), environment={})


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=50", "sickbay-test", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.root
def test_a_full_disk_is_found_and_named(small_disk: Path) -> None:
    before = judge_disks(list(read_disks(iter([("jobs", small_disk)]))))
    (small_disk / "fill").write_bytes(b"x" * 1024 * 1024)
    after = judge_disks(list(read_disks(iter([("jobs", small_disk)]))))
    assert before.outcome.state is State.OK
    assert (after.outcome.state, after.outcome.detail, after.cause) == (State.FAIL, "A disk is full", FULL)
    assert str(small_disk) in after.evidence[0]


@pytest.mark.root
def test_a_disk_without_inodes_is_found(small_disk: Path) -> None:
    room = os.statvfs(small_disk).f_favail
    for number in range(room):
        (small_disk / str(number)).touch()
    found = judge_disks(list(read_disks(iter([("jobs", small_disk)]))))
    assert found.cause == "disk-inodes-exhausted"


def test_folders_of_one_file_system_are_one_disk_and_absent_ones_none(tmp_path: Path) -> None:
    [disk] = read_disks(iter([("one", tmp_path), ("two", tmp_path / "absent"), ("three", tmp_path)]))
    assert disk.holds == ("one", "three")


def test_this_machine_tells_its_memory() -> None:
    reading = read_memory()
    assert reading.size is not None
    assert reading.available is not None
    assert 0 < reading.available <= reading.size


def _environment(folder: Path) -> Place:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    return Place(folder=folder, environment={})


def _packages(place: Place) -> Path:
    [found] = (place.folder / ".venv" / "lib").glob("python3*/site-packages")
    return found


def _install(place: Place, name: str, version: str, *requires: str) -> None:
    folder = _packages(place) / f"{name}-{version}.dist-info"
    folder.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    (folder / "METADATA").write_text("\n".join([*lines, *(f"Requires-Dist: {each}" for each in requires), ""]))


needs_landlock = pytest.mark.skipif(not landlock_version(), reason="this kernel does not enforce Landlock")


@needs_landlock
def test_a_project_s_own_environment_is_asked_and_not_this_one(tmp_path: Path) -> None:
    found = look_at_python(_environment(tmp_path))
    assert found.outcome.state is State.OK
    assert f"({tmp_path / '.venv'})" in found.outcome.detail


def test_an_environment_whose_python_is_gone_is_found(tmp_path: Path) -> None:
    place = _environment(tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/usr/bin/python3.2")
    found = look_at_python(place)
    assert (found.outcome.state, found.cause) == (State.FAIL, BROKEN)
    assert "leads to /usr/bin/python3.2" in found.evidence[0]


@needs_landlock
def test_an_environment_that_does_not_start_is_found(tmp_path: Path) -> None:
    place = _environment(tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    python.unlink()
    python.write_text("#!/bin/sh\necho 'Fatal Python error: no encodings' >&2\nexit 1\n")
    python.chmod(0o755)
    found = look_at_python(place)
    assert (found.cause, found.evidence[-1]) == (BROKEN, "Fatal Python error: no encodings")


@needs_landlock
def test_packages_that_miss_others_or_do_not_fit_are_found(tmp_path: Path) -> None:
    place = _environment(tmp_path)
    # What compares versions comes with pip, which this environment has not: this one's copy is lent to it.
    (_packages(place) / "lent.pth").write_text(f"{Path(pytest.__file__).parents[1]}\n")
    _install(place, "shop", "1.0", "shelf>=2", 'door; extra == "all"', 'window; sys_platform == "nowhere"')
    assert look_at_python(place).cause == MISSING
    _install(place, "shelf", "1.5")
    found = look_at_python(place)
    assert found.cause == UNFIT
    assert "shop 1.0 needs shelf>=2, and 1.5 is installed" in found.evidence


@needs_landlock
def test_damaged_metadata_is_found(tmp_path: Path) -> None:
    place = _environment(tmp_path)
    _install(place, "shop", "1.0")
    (_packages(place) / "shop-1.0.dist-info" / "METADATA").write_text("")
    found = look_at_python(place)
    assert (found.cause, "shop-1.0.dist-info" in found.evidence[0]) == (BROKEN, True)


def test_a_check_that_hangs_is_not_measured_and_the_others_are() -> None:
    let_go = threading.Event()

    def hang(_: Place) -> Finding:
        let_go.wait(60)
        return well("at last")

    checks = [
        Check(id="hangs", title="hangs", look=hang, seconds=0.2),
        Check(id="answers", title="answers", look=lambda _: well("yes")),
    ]
    seen: list[Progress] = []
    hangs, answers = run_side_by_side(checks, HERE, seen.append)
    let_go.set()
    assert (hangs.finding.outcome.reason, hangs.finding.outcome.detail) == (NotMeasured.TIMEOUT, "no answer in 0.2 s")
    assert answers.finding.outcome.state is State.OK
    assert seen[0].waited_for == ("hangs", "answers")


def test_checks_run_side_by_side() -> None:
    together = threading.Barrier(4)

    def meet(_: Place) -> Finding:
        together.wait(30)
        return well("met")

    checks = [Check(id=str(number), title="meets", look=meet, seconds=30) for number in range(4)]
    assert [each.finding.outcome.detail for each in run_side_by_side(checks, HERE)] == ["met"] * 4


def test_a_check_that_lacks_a_permission_is_not_measured_for_that_and_not_repeated() -> None:
    asked: list[Place] = []

    def denied(place: Place) -> Finding:
        asked.append(place)
        raise PermissionError(13, "Permission denied", "/etc/shadow")

    [result] = run_side_by_side([Check(id="denied", title="denied", look=denied)], HERE)
    assert result.finding.outcome.reason is NotMeasured.PERMISSION
    assert len(asked) == 1


def test_a_check_that_raises_has_no_answer_and_takes_nothing_with_it() -> None:
    def broken(_: Place) -> Finding:
        raise ZeroDivisionError("in the check itself")

    [result] = run_side_by_side([Check(id="broken", title="broken", look=broken)], HERE)
    assert result.finding.outcome.reason is NotMeasured.BROKEN
    assert "in the check itself" in result.finding.outcome.detail
