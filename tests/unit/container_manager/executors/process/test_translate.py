"""From specs to orders and from records to observations."""

from __future__ import annotations

import errno
import resource
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container_manager.executors.base import AttemptKey, Capabilities, Exited, LaunchRefusedError, Usage, UsageSource
from container_manager.executors.process import translate
from container_manager.executors.process.cgroups import Limits
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.resources import ULIMITS
from container_manager.runspec.spec import Hardening, Mount, MountKind, Resources, RunSpec, Ulimit

SPEC = RunSpec(image="x", command=("tool", "argument"))

EVERYTHING = Capabilities(
    isolated=False,
    images=False,
    mounts=False,
    memory_limit=True,
    cpu_limit=True,
    users=True,
    networks=False,
    pids_limit=True,
    hardening=False,
)
NOTHING = replace(EVERYTHING, memory_limit=False, cpu_limit=False, users=False, pids_limit=False)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"mounts": (Mount(kind=MountKind.TMPFS, target="/x"),)}, "mounts"),
        ({"network": "none"}, "network 'none'"),
        ({"hardening": Hardening(add_capabilities=("NET_ADMIN",))}, "capabilities"),
        ({"hardening": Hardening(read_only_root=True)}, "read-only root"),
    ],
)
def test_what_plain_processes_never_have_is_refused_with_what_to_do(fields: dict, word: str):
    with pytest.raises(LaunchRefusedError) as refusal:
        translate.refuse_unsupported(replace(SPEC, **fields), EVERYTHING)
    assert refusal.value.reason is FailureReason.UNSUPPORTED
    assert word in refusal.value.message
    assert "use the docker executor" in refusal.value.message


@pytest.mark.parametrize(
    "fields", [{"user": "nobody"}, {"memory_limit_mb": 5}, {"cpu_limit": 1.0}, {"hardening": Hardening(pids_limit=5)}]
)
def test_what_only_some_machines_can_is_refused_on_the_others(fields: dict):
    translate.refuse_unsupported(replace(SPEC, **fields), EVERYTHING)
    with pytest.raises(LaunchRefusedError):
        translate.refuse_unsupported(replace(SPEC, **fields), NOTHING)


def test_a_plain_spec_is_supported_everywhere():
    translate.refuse_unsupported(SPEC, NOTHING)
    translate.refuse_unusable(SPEC)


@pytest.mark.parametrize(
    "fields",
    [
        {"command": ()},
        {"command": ("",)},
        {"command": ("a\0b",)},
        {"environment": {"A": "\0"}},
        {"environment": {"A=B": "c"}},
        {"environment": {"": "c"}},
    ],
)
def test_what_no_system_could_start_is_refused(fields: dict):
    with pytest.raises(LaunchRefusedError) as refusal:
        translate.refuse_unusable(replace(SPEC, **fields))
    assert refusal.value.reason is FailureReason.LAUNCH_REFUSED


@pytest.mark.parametrize(
    ("step", "number", "code"),
    [
        ("command", errno.ENOENT, 127),
        ("command", errno.ENOTDIR, 127),
        ("command", errno.EACCES, 126),
        ("command", errno.ENOEXEC, 126),
        ("command", errno.E2BIG, 126),
        ("directory", errno.ENOENT, 125),
        ("user", errno.EPERM, 125),
        ("limits", errno.EACCES, 125),
    ],
)
def test_each_refused_step_has_the_code_that_a_shell_would_give(step: str, number: int, code: int):
    refusal = translate.failed_step(step, number, SPEC)
    assert refusal.exit_code == code
    assert refusal.message.startswith(f"[Errno {number}] ")


def test_a_missing_command_is_named_with_the_path_it_was_looked_for_in():
    refusal = translate.failed_step("command", errno.ENOENT, replace(SPEC, environment={"PATH": "/opt/bin"}))
    assert refusal.message == "[Errno 2] No such file or directory: 'tool' (looked for in PATH=/opt/bin)"


def test_the_jobs_environment_goes_over_the_base():
    spec = replace(SPEC, environment={"LANG": "de_DE.UTF-8", "A": "b"})
    environment = translate.program_environment(spec, home="/scratch")
    assert environment == {"PATH": translate.DEFAULT_PATH, "HOME": "/scratch", "LANG": "de_DE.UTF-8", "A": "b"}


def test_memory_is_limited_by_the_group_where_there_is_one_and_else_by_rlimit():
    spec = replace(SPEC, memory_limit_mb=2)
    without = translate.order_items(spec, directory="/d", scratch="/d/work", groups=(), identity=None)
    with_group = translate.order_items(spec, directory="/d", scratch="/d/work", groups=("/g",), identity=None)
    assert ("rlimit", f"{resource.RLIMIT_AS}:{2 * 1024 * 1024}:{2 * 1024 * 1024}") in without
    assert "rlimit" not in dict(with_group)
    assert ("cgroup", "/g") in with_group


def test_the_order_names_user_group_and_all_further_groups():
    identity = translate.Identity(uid=5, gid=6, groups=(6, 7))
    items = translate.order_items(SPEC, directory="/d", scratch="/d/work", groups=(), identity=identity)
    assert items[-4:] == [("uid", "5"), ("gid", "6"), ("group", "6"), ("group", "7")]


def test_limits_are_bytes_cores_and_processes():
    limits = translate.limits_of(replace(SPEC, memory_limit_mb=3, cpu_limit=0.5))
    assert limits == Limits(memory_bytes=3 * 1024 * 1024, cpus=0.5, pids=1024)


@given(st.text("abcdef0123456789-", min_size=1), st.integers(0, 10**12), st.integers(0, 10**6))
def test_an_attempts_name_gives_back_its_key(installation: str, job_id: int, number: int):
    key = AttemptKey(installation=installation, job_id=job_id, number=number)
    assert translate.key_of(key.name) == key


@pytest.mark.parametrize(
    "name",
    [
        "",
        "sickbay",
        "sickbay-a-1",
        "other-a-1-1",
        "sickbay-a-01-1",
        "../sickbay-a-1-1",
        "sickbay-a/b-1-1",
        "sickbay-a-1-²",
    ],
)
def test_other_names_are_nobodys(name: str):
    assert translate.key_of(name) is None


def test_an_outcome_with_a_groups_figures_is_exact():
    outcome = {
        "exit_code": "137",
        "signal": "9",
        "started_ns": "1000000000",
        "finished_ns": "2500000000",
        "max_rss_bytes": "5",
        "rusage_nanoseconds": "6",
        "group_peak_memory_bytes": "7",
        "group_oom_kills": "1",
        "group_cpu_nanoseconds": "1500000000",
    }
    assert translate.exited(outcome) == Exited(
        exit_code=137,
        signal=9,
        oom_killed=True,
        started_at=datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
        finished_at=datetime(1970, 1, 1, 0, 0, 2, 500000, tzinfo=UTC),
        usage=Usage(peak_memory_bytes=7, cpu_seconds=1.5, oom_kills=1, source=UsageSource.EXACT),
    )


def test_an_outcome_without_them_is_marked_as_sampled():
    outcome = {
        "exit_code": "0",
        "started_ns": "0",
        "finished_ns": "0",
        "max_rss_bytes": "5",
        "rusage_nanoseconds": "10",
    }
    exited = translate.exited(outcome)
    assert exited.usage == Usage(peak_memory_bytes=5, cpu_seconds=1e-8, oom_kills=None, source=UsageSource.SAMPLED)
    assert not exited.oom_killed


def test_limits_are_told_by_the_kernels_numbers():
    spec = replace(SPEC, resources=Resources(ulimits=(Ulimit(name="nofile", soft=64, hard=-1),)))
    items = translate.order_items(spec, directory="/d", scratch="/d/work", groups=("/g",), identity=None)
    assert ("rlimit", f"{resource.RLIMIT_NOFILE}:64:-1") in items


def test_every_limit_a_job_can_name_has_a_number():
    assert set(translate.RLIMITS) >= ULIMITS


def test_without_an_image_the_entrypoint_is_put_before_the_command():
    whole = translate.with_whole_command(replace(SPEC, entrypoint=("env", "-i"), command=("true",)))
    assert (whole.command, whole.entrypoint) == (("env", "-i", "true"), None)
