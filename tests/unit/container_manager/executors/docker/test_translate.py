from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from container_manager.executors.base import AttemptKey
from container_manager.executors.docker.translate import create_body, key_of, labels_of
from container_manager.runspec.spec import Hardening, Mount, MountKind, RunSpec

KEY = AttemptKey(installation="0a1b2c3d", job_id=7, number=2)
SPEC = RunSpec(image="app:1")


def host_config(spec: RunSpec, *, cgroup_parent: str | None = None) -> dict[str, Any]:
    return cast("dict[str, Any]", create_body(KEY, spec, cgroup_parent=cgroup_parent)["HostConfig"])


def test_labels_lead_back_to_the_attempt():
    assert key_of(labels_of(KEY)) == KEY


@pytest.mark.parametrize(
    "labels", [None, {}, {"io.sickbay.installation": "x"}, {**labels_of(KEY), "io.sickbay.job": "seven"}]
)
def test_other_labels_are_nobodys(labels: dict[str, str] | None):
    assert key_of(labels) is None


def test_a_job_cannot_take_our_labels():
    body = create_body(KEY, replace(SPEC, labels={"io.sickbay.job": "99", "team": "a"}), cgroup_parent=None)
    assert body["Labels"] == {**labels_of(KEY), "team": "a"}


def test_a_container_is_safe_by_default():
    config = host_config(SPEC)
    assert config["Privileged"] is False
    assert config["CapDrop"] == ["ALL"]
    assert "NET_RAW" not in config["CapAdd"]
    assert "SYS_ADMIN" not in config["CapAdd"]
    assert config["SecurityOpt"] == ["no-new-privileges"]
    assert config["PidsLimit"] == 1024
    assert config["Init"] is True
    assert config["AutoRemove"] is False
    assert config["RestartPolicy"] == {"Name": "no"}


def test_each_protection_is_relaxed_only_when_asked():
    relaxed = Hardening(
        add_capabilities=("NET_RAW",), allow_new_privileges=True, pids_limit=5, init=False, read_only_root=True
    )
    config = host_config(replace(SPEC, hardening=relaxed))
    assert "NET_RAW" in config["CapAdd"]
    assert config["SecurityOpt"] == []
    assert (config["PidsLimit"], config["Init"], config["ReadonlyRootfs"]) == (5, False, True)
    assert config["Privileged"] is False


def test_bytes_of_the_log_are_kept_and_its_size_is_bounded():
    log = host_config(SPEC)["LogConfig"]
    assert log["Type"] == "local"
    assert set(log["Config"]) == {"max-size", "max-file", "compress"}


def test_memory_is_bounded_without_swap_beyond_it():
    config = host_config(replace(SPEC, memory_limit_mb=64, cpu_limit=0.5))
    assert config["Memory"] == config["MemorySwap"] == 64 * 1024 * 1024
    assert config["NanoCpus"] == 500_000_000


def test_what_is_not_asked_for_is_left_to_the_engine_and_the_image():
    body = create_body(KEY, SPEC, cgroup_parent=None)
    assert {"Cmd", "WorkingDir", "User"}.isdisjoint(body)
    assert {"Memory", "NanoCpus", "NetworkMode", "CgroupParent"}.isdisjoint(host_config(SPEC))


def test_arguments_and_variables_stay_whole():
    spec = replace(SPEC, command=("echo", "a b", "$X"), environment={"X": "1=2\n3"}, user="1:2", working_directory="/w")
    body = create_body(KEY, spec, cgroup_parent="/sickbay/x")
    assert body["Cmd"] == ["echo", "a b", "$X"]
    assert body["Env"] == ["X=1=2\n3"]
    assert (body["User"], body["WorkingDir"]) == ("1:2", "/w")


@pytest.mark.parametrize("network", ["none", "host", "backend"])
def test_a_network_is_passed_on_and_the_group_with_it(network: str):
    config = host_config(replace(SPEC, network=network), cgroup_parent="/sickbay/x")
    assert (config["NetworkMode"], config["CgroupParent"]) == (network, "/sickbay/x")


def test_mounts_are_told_by_their_kind():
    mounts = (
        Mount(kind=MountKind.BIND, target="/in", source="/data", read_only=True),
        Mount(kind=MountKind.VOLUME, target="/out", source="results"),
        Mount(kind=MountKind.TMPFS, target="/scratch", size_mb=8),
    )
    assert host_config(replace(SPEC, mounts=mounts))["Mounts"] == [
        {"Type": "bind", "Source": "/data", "Target": "/in", "ReadOnly": True},
        {"Type": "volume", "Source": "results", "Target": "/out", "ReadOnly": False},
        {"Type": "tmpfs", "Target": "/scratch", "ReadOnly": False, "TmpfsOptions": {"SizeBytes": 8 * 1024 * 1024}},
    ]
