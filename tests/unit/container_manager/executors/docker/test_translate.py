from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from container_manager.executors.base import AttemptKey
from container_manager.executors.docker.translate import create_body, key_of, labels_of
from container_manager.runspec.spec import (
    GpuRequest,
    Hardening,
    Mount,
    MountKind,
    Networking,
    PublishedPort,
    Resources,
    RunSpec,
    Ulimit,
)

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


def test_swap_is_counted_beyond_the_memory_limit():
    config = host_config(replace(SPEC, memory_limit_mb=64, resources=Resources(swap_limit_mb=32)))
    assert (config["Memory"], config["MemorySwap"]) == (64 * 1024 * 1024, 96 * 1024 * 1024)


def test_the_rarer_limits_are_told_in_the_engines_units():
    resources = Resources(shm_size_mb=2, ulimits=(Ulimit(name="nofile", soft=5, hard=-1),))
    config = host_config(replace(SPEC, resources=resources))
    assert config["ShmSize"] == 2 * 1024 * 1024
    assert config["Ulimits"] == [{"Name": "nofile", "Soft": 5, "Hard": -1}]


@pytest.mark.parametrize(
    ("gpus", "count", "ids"),
    [(GpuRequest(count=2), 2, None), (GpuRequest(count=-1), -1, None), (GpuRequest(device_ids=("0",)), 0, ["0"])],
)
def test_graphics_processors_become_a_device_request(gpus: GpuRequest, count: int, ids: list[str] | None):
    [request] = host_config(replace(SPEC, resources=Resources(gpus=gpus)))["DeviceRequests"]
    assert request == {"Driver": "", "Count": count, "DeviceIDs": ids, "Capabilities": [["gpu"]]}


def test_ports_are_exposed_and_bound_and_an_open_choice_is_left_to_the_engine():
    ports = (
        PublishedPort(container_port=80, host_port=8080),
        PublishedPort(container_port=80, host_ip="0.0.0.0"),
        PublishedPort(container_port=53, protocol="udp"),
    )
    spec = replace(SPEC, networking=Networking(ports=ports))
    assert create_body(KEY, spec, cgroup_parent=None)["ExposedPorts"] == {"80/tcp": {}, "53/udp": {}}
    assert host_config(spec)["PortBindings"] == {
        "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}, {"HostIp": "0.0.0.0", "HostPort": ""}],
        "53/udp": [{"HostIp": "127.0.0.1", "HostPort": ""}],
    }


def test_names_are_resolved_as_the_job_says():
    networking = Networking(dns=("192.0.2.53",), dns_search=("lan",), extra_hosts={"db": "192.0.2.1"})
    config = host_config(replace(SPEC, networking=networking))
    assert (config["Dns"], config["DnsSearch"], config["ExtraHosts"]) == (["192.0.2.53"], ["lan"], ["db:192.0.2.1"])


def test_an_entrypoint_is_replaced_or_taken_away():
    def entrypoint(spec: RunSpec) -> object:
        return create_body(KEY, spec, cgroup_parent=None).get("Entrypoint")

    assert entrypoint(SPEC) is None
    assert entrypoint(replace(SPEC, entrypoint=("tini", "--"))) == ["tini", "--"]
    assert entrypoint(replace(SPEC, entrypoint=())) == [""]


def test_capabilities_are_taken_from_those_that_are_kept():
    kept = set(host_config(SPEC)["CapAdd"])
    some = host_config(replace(SPEC, hardening=Hardening(drop_capabilities=("CHOWN", "NET_RAW"))))
    assert set(some["CapAdd"]) == kept - {"CHOWN"}
    none = host_config(replace(SPEC, hardening=Hardening(drop_capabilities=("ALL",), add_capabilities=("KILL",))))
    assert (none["CapDrop"], none["CapAdd"]) == (["ALL"], ["KILL"])


def test_profiles_are_security_options():
    hardening = Hardening(seccomp_profile='{"defaultAction":"SCMP_ACT_ALLOW"}', apparmor_profile="mine")
    assert host_config(replace(SPEC, hardening=hardening))["SecurityOpt"] == [
        "no-new-privileges",
        'seccomp={"defaultAction":"SCMP_ACT_ALLOW"}',
        "apparmor=mine",
    ]


def test_the_stop_signal_is_the_containers_own():
    assert create_body(KEY, replace(SPEC, stop_signal="SIGINT"), cgroup_parent=None)["StopSignal"] == "SIGINT"
