"""What a job asks of its container, read back from the engine by docker-py and from inside by its effect."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from container_manager.executors.base import AttemptKey, LaunchRefusedError
from container_manager.executors.docker.executor import DockerExecutor
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import GpuRequest, Hardening, Resources, RunSpec, Ulimit
from tests import engine
from tests.integration.docker.conftest import output_of, shell, until_over

pytestmark = pytest.mark.docker

MB = 1024 * 1024
NewKey = Callable[[], AttemptKey]

DENIES_MKDIR = json.dumps(
    {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}
)


async def host_config_of(key: AttemptKey) -> dict[str, Any]:
    container = await asyncio.to_thread(engine.oracle().containers.get, key.name)
    return cast("dict[str, Any]", container.attrs["HostConfig"])


async def refusal_of(executor: DockerExecutor, key: AttemptKey, spec: RunSpec) -> LaunchRefusedError:
    with pytest.raises(LaunchRefusedError) as refusal:
        await executor.launch(key, spec)
    assert engine.containers_of(key.installation) == []
    assert engine.cgroups_of(key.name) == []
    return refusal.value


async def test_shared_memory_has_the_size_asked_for(executor: DockerExecutor, new_key: NewKey):
    key = new_key()
    output = await output_of(executor, key, shell("df -k /dev/shm | tail -1", resources=Resources(shm_size_mb=9)))
    assert output.split()[1] == str(9 * 1024)
    assert (await host_config_of(key))["ShmSize"] == 9 * MB


async def test_swap_is_allowed_beyond_the_memory_limit_as_far_as_asked(executor: DockerExecutor, new_key: NewKey):
    key = new_key()
    spec = shell("true", memory_limit_mb=32, resources=Resources(swap_limit_mb=16))
    if not engine.oracle().info()["SwapLimit"]:
        assert (await refusal_of(executor, key, spec)).reason is FailureReason.UNSUPPORTED
        return
    await until_over(executor, await executor.launch(key, spec))
    config = await host_config_of(key)
    assert (config["Memory"], config["MemorySwap"]) == (32 * MB, 48 * MB)


async def test_limits_of_processes_hold_inside(executor: DockerExecutor, new_key: NewKey):
    limits = (Ulimit(name="core", soft=0, hard=0), Ulimit(name="nofile", soft=99, hard=123))
    script = "ulimit -n; ulimit -Hn; ulimit -c"
    output = await output_of(executor, new_key(), shell(script, resources=Resources(ulimits=limits)))
    assert output.split() == ["99", "123", "0"]


@pytest.mark.parametrize("gpus", [GpuRequest(count=1), GpuRequest(count=-1), GpuRequest(device_ids=("0",))])
async def test_graphics_processors_that_the_host_does_not_have_are_refused(
    executor: DockerExecutor, new_key: NewKey, gpus: GpuRequest
):
    refusal = await refusal_of(executor, new_key(), shell("true", resources=Resources(gpus=gpus)))
    assert (refusal.reason, refusal.transient) == (FailureReason.UNSUPPORTED, False)
    assert "could not select device driver" in refusal.message


async def test_an_entrypoint_of_ones_own_stands_before_the_command(executor: DockerExecutor, new_key: NewKey):
    spec = shell("", entrypoint=("echo", "said"))
    assert await output_of(executor, new_key(), spec) == "said sh -c \n"


async def test_the_stop_signal_is_what_the_program_gets(executor: DockerExecutor, new_key: NewKey):
    script = "trap 'exit 7' USR1; echo ready; while :; do sleep 0.05; done"
    handle = await executor.launch(new_key(), shell(script, stop_signal="SIGUSR1"))
    await asyncio.sleep(0.5)
    await executor.stop(handle, grace_seconds=20)
    assert (await until_over(executor, handle)).exit_code == 7


async def test_capabilities_can_be_dropped_to_none(executor: DockerExecutor, new_key: NewKey):
    spec = shell("grep CapBnd /proc/self/status", hardening=Hardening(drop_capabilities=("ALL",)))
    assert int((await output_of(executor, new_key(), spec)).split()[1], 16) == 0
    spec = shell("grep CapBnd /proc/self/status", hardening=Hardening(drop_capabilities=("CHOWN",)))
    assert not int((await output_of(executor, new_key(), spec)).split()[1], 16) & 1


async def test_a_seccomp_profile_forbids_what_it_names(executor: DockerExecutor, new_key: NewKey):
    script = "mkdir /tmp/x 2>&1 || true"
    assert await output_of(executor, new_key(), shell(script)) == ""
    forbidding = shell(script, hardening=Hardening(seccomp_profile=DENIES_MKDIR))
    assert "Operation not permitted" in await output_of(executor, new_key(), forbidding)


async def test_unconfined_means_no_filter(executor: DockerExecutor, new_key: NewKey):
    script = "grep Seccomp: /proc/self/status"
    unconfined = shell(script, hardening=Hardening(seccomp_profile="unconfined"))
    assert (await output_of(executor, new_key(), shell(script))).split()[1] == "2"
    assert (await output_of(executor, new_key(), unconfined)).split()[1] == "0"


async def test_an_apparmor_profile_that_the_host_does_not_have_is_refused(executor: DockerExecutor, new_key: NewKey):
    hardening = Hardening(apparmor_profile="no-such-profile")
    refusal = await refusal_of(executor, new_key(), shell("true", hardening=hardening))
    assert refusal.reason in {FailureReason.LAUNCH_REFUSED, FailureReason.UNSUPPORTED}
    assert "no-such-profile" in refusal.message
