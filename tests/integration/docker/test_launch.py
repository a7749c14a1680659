"""Starting on a real engine: what it refuses, what it makes of the safe defaults, and what is not ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from container_manager.executors.base import AttemptKey, LaunchRefusedError, Lost
from container_manager.executors.docker.executor import DockerExecutor
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import Hardening, Mount, MountKind, RunSpec
from tests import engine
from tests.integration.docker.conftest import output_of, shell, until_over

pytestmark = pytest.mark.docker

NewKey = Callable[[], AttemptKey]


async def refusal_of(executor: DockerExecutor, key: AttemptKey, spec: RunSpec) -> LaunchRefusedError:
    with pytest.raises(LaunchRefusedError) as refusal:
        await executor.launch(key, spec)
    assert engine.containers_of(key.installation) == []
    assert engine.cgroups_of(key.name) == []
    return refusal.value


async def test_a_missing_network_is_refused_with_the_engines_words(executor: DockerExecutor, new_key: NewKey):
    refusal = await refusal_of(executor, new_key(), shell("true", network="no-such-network"))
    assert (refusal.reason, refusal.exit_code) == (FailureReason.LAUNCH_REFUSED, 125)
    assert "no-such-network" in refusal.message


async def test_a_missing_bind_source_is_refused_and_not_created(
    executor: DockerExecutor, new_key: NewKey, tmp_path: Path
):
    missing = tmp_path / "missing"
    mounts = (Mount(kind=MountKind.BIND, target="/mnt", source=str(missing)),)
    refusal = await refusal_of(executor, new_key(), shell("true", mounts=mounts))
    assert str(missing) in refusal.message
    assert not missing.exists()


async def test_a_working_directory_that_is_a_file_is_refused(executor: DockerExecutor, new_key: NewKey):
    await refusal_of(executor, new_key(), shell("true", working_directory=engine.NOT_EXECUTABLE))


async def test_a_user_that_does_not_exist_is_refused(executor: DockerExecutor, new_key: NewKey):
    refusal = await refusal_of(executor, new_key(), shell("true", user="nobody-of-this-name"))
    assert "nobody-of-this-name" in refusal.message


async def test_under_an_init_process_a_missing_command_ends_with_127_instead_of_being_refused(
    executor: DockerExecutor, new_key: NewKey
):
    handle = await executor.launch(new_key(), replace(shell(""), command=("no-such-command",)))
    assert (await until_over(executor, handle)).exit_code == 127


async def test_a_name_taken_by_somebody_else_is_refused_and_theirs_is_left_alone(
    executor: DockerExecutor, new_key: NewKey
):
    key = new_key()
    theirs = engine.oracle().containers.create(engine.test_image(), ["true"], name=key.name, network_mode="none")
    try:
        with pytest.raises(LaunchRefusedError, match="already in use"):
            await executor.launch(key, shell("true"))
        assert isinstance(await executor.outcome(key.name), Lost)
        await executor.stop(key.name, grace_seconds=0)
        await executor.remove(key.name)
        theirs.reload()
    finally:
        theirs.remove(force=True)


async def test_a_container_that_merely_bears_our_label_is_not_found(
    executor: DockerExecutor, new_key: NewKey, installation: str
):
    engine.oracle().containers.create(
        engine.test_image(), ["true"], labels={engine.INSTALLATION_LABEL: installation}, network_mode="none"
    )
    assert list(await executor.adopt(installation)) == []


async def test_a_program_has_the_kept_capabilities_and_cannot_gain_more(executor: DockerExecutor, new_key: NewKey):
    status = await output_of(executor, new_key(), shell("cat /proc/self/status"))
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert int(fields["NoNewPrivs"]) == 1
    # chown, dac_override, fowner, kill, setgid, setuid, setpcap, net_bind_service, sys_chroot by their numbers.
    assert int(fields["CapBnd"], 16) == sum(1 << number for number in (0, 1, 3, 5, 6, 7, 8, 10, 18))


async def test_a_capability_is_added_on_purpose(executor: DockerExecutor, new_key: NewKey):
    spec = shell("grep CapBnd /proc/self/status", hardening=Hardening(add_capabilities=("NET_RAW",)))
    assert int((await output_of(executor, new_key(), spec)).split()[1], 16) & 1 << 13


async def test_processes_are_limited_in_number(executor: DockerExecutor, new_key: NewKey):
    forks = "i=0; while [ $i -lt 20 ]; do sleep 1 & i=$((i+1)); done; wait"
    output = await output_of(executor, new_key(), shell(f"({forks}) 2>&1", hardening=Hardening(pids_limit=6)))
    assert "can't fork" in output


async def test_an_orphan_is_reaped_by_the_init_process(executor: DockerExecutor, new_key: NewKey):
    output = await output_of(executor, new_key(), shell("(sleep 0.1 &); sleep 0.4; ps -o stat,comm | grep -c '^Z'"))
    assert output.strip() == "0"


async def test_a_read_only_root_takes_no_files_and_a_sized_tmpfs_takes_its_size(
    executor: DockerExecutor, new_key: NewKey
):
    script = "touch /file 2>&1; dd if=/dev/zero of=/scratch/file bs=1M count=3 2>&1"
    mounts = (Mount(kind=MountKind.TMPFS, target="/scratch", size_mb=1),)
    output = await output_of(
        executor, new_key(), shell(script, mounts=mounts, hardening=Hardening(read_only_root=True))
    )
    assert "Read-only file system" in output
    assert "No space left on device" in output


async def test_a_bind_mount_shows_the_hosts_files(executor: DockerExecutor, new_key: NewKey, tmp_path: Path):
    (tmp_path / "file").write_text("from the host")
    mounts = (Mount(kind=MountKind.BIND, target="/in", source=str(tmp_path), read_only=True),)
    output = await output_of(executor, new_key(), shell("cat /in/file; touch /in/new 2>&1", mounts=mounts))
    assert output.startswith("from the host")
    assert not (tmp_path / "new").exists()
