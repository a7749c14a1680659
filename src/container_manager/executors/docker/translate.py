"""From our words to the engine's. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from container_manager.executors.base import AttemptKey
from container_manager.runspec.spec import (
    GpuRequest,
    Hardening,
    Mount,
    MountKind,
    Networking,
    PublishedPort,
    Resources,
    RunSpec,
)

INSTALLATION_LABEL = "io.sickbay.installation"
JOB_LABEL = "io.sickbay.job"
ATTEMPT_LABEL = "io.sickbay.attempt"

#: What images commonly need to change owners, drop to a user, end their children, and listen on a low port. Docker's
#: own default has five more (AUDIT_WRITE, FSETID, MKNOD, NET_RAW, SETFCAP) with which a container reaches further.
KEPT_CAPABILITIES = (
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "KILL",
    "NET_BIND_SERVICE",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
)

#: ``local`` keeps bytes as they are, where ``json-file`` replaces what is not UTF-8.
LOG_CONFIG = {"Type": "local", "Config": {"max-size": "64m", "max-file": "8", "compress": "false"}}

_MB = 1024 * 1024
_NANO = 1_000_000_000


def labels_of(key: AttemptKey) -> dict[str, str]:
    """Return the labels by which an attempt's container is known as ours."""
    return {
        INSTALLATION_LABEL: key.installation,
        JOB_LABEL: str(key.job_id),
        ATTEMPT_LABEL: str(key.number),
    }


def key_of(labels: Mapping[str, str] | None) -> AttemptKey | None:
    """Return the attempt whose labels these are, ``None`` where they are not ours."""
    labels = labels or {}
    installation, job, number = (labels.get(name, "") for name in (INSTALLATION_LABEL, JOB_LABEL, ATTEMPT_LABEL))
    if not (installation and job.isdecimal() and number.isdecimal()):
        return None
    return AttemptKey(installation=installation, job_id=int(job), number=int(number))


def create_body(key: AttemptKey, spec: RunSpec, *, cgroup_parent: str | None) -> dict[str, object]:
    """Return what the engine is to be told for this attempt."""
    body: dict[str, object] = {
        "Image": spec.image,
        "Env": [f"{name}={value}" for name, value in spec.environment.items()],
        "Labels": {**spec.labels, **labels_of(key)},
        "Tty": False,
        "OpenStdin": False,
        "HostConfig": _host_config(spec, cgroup_parent),
    }
    if spec.command:
        body["Cmd"] = list(spec.command)
    if spec.entrypoint is not None:
        # The engine's word for "none": with an empty list it would still run the image's command.
        body["Entrypoint"] = list(spec.entrypoint) or [""]
    if spec.stop_signal:
        body["StopSignal"] = spec.stop_signal
    if spec.networking.ports:
        body["ExposedPorts"] = {_port_name(port): {} for port in spec.networking.ports}
    if spec.working_directory:
        body["WorkingDir"] = spec.working_directory
    if spec.user:
        body["User"] = spec.user
    return body


def _host_config(spec: RunSpec, cgroup_parent: str | None) -> dict[str, object]:
    config: dict[str, object] = {
        "AutoRemove": False,
        "Privileged": False,
        "RestartPolicy": {"Name": "no"},
        "LogConfig": LOG_CONFIG,
        "Mounts": [_mount(mount) for mount in spec.mounts],
        **_hardening(spec.hardening),
        **_limits(spec),
        **_resources(spec.resources),
        **_networking(spec.networking),
    }
    if spec.network is not None:
        config["NetworkMode"] = spec.network
    if cgroup_parent is not None:
        config["CgroupParent"] = cgroup_parent
    return config


def _limits(spec: RunSpec) -> dict[str, object]:
    limits: dict[str, object] = {}
    if spec.memory_limit_mb is not None:
        # The engine's second number is both together; alike they mean: no swap beyond the limit.
        limits["Memory"] = spec.memory_limit_mb * _MB
        limits["MemorySwap"] = (spec.memory_limit_mb + (spec.resources.swap_limit_mb or 0)) * _MB
    if spec.cpu_limit is not None:
        limits["NanoCpus"] = round(spec.cpu_limit * _NANO)
    return limits


def _resources(resources: Resources) -> dict[str, object]:
    told: dict[str, object] = {}
    if resources.shm_size_mb is not None:
        told["ShmSize"] = resources.shm_size_mb * _MB
    if resources.ulimits:
        told["Ulimits"] = [{"Name": one.name, "Soft": one.soft, "Hard": one.hard} for one in resources.ulimits]
    if resources.gpus is not None:
        told["DeviceRequests"] = [_device_request(resources.gpus)]
    return told


def _device_request(gpus: GpuRequest) -> dict[str, object]:
    return {
        "Driver": gpus.driver,
        "Count": gpus.count,
        "DeviceIDs": list(gpus.device_ids) or None,
        # A list of alternatives, each of which is a list of what it must have.
        "Capabilities": [list(gpus.capabilities)],
    }


def _networking(networking: Networking) -> dict[str, object]:
    told: dict[str, object] = {}
    if networking.ports:
        bindings: dict[str, list[dict[str, str]]] = {}
        for port in networking.ports:
            binding = {"HostIp": port.host_ip, "HostPort": str(port.host_port or "")}
            bindings.setdefault(_port_name(port), []).append(binding)
        told["PortBindings"] = bindings
    if networking.dns:
        told["Dns"] = list(networking.dns)
    if networking.dns_search:
        told["DnsSearch"] = list(networking.dns_search)
    if networking.extra_hosts:
        told["ExtraHosts"] = [f"{name}:{address}" for name, address in networking.extra_hosts.items()]
    return told


def _port_name(port: PublishedPort) -> str:
    return f"{port.container_port}/{port.protocol}"


def _hardening(hardening: Hardening) -> dict[str, object]:
    return {
        "CapDrop": ["ALL"],
        "CapAdd": sorted(_capabilities(hardening)),
        "SecurityOpt": list(_security_options(hardening)),
        "PidsLimit": hardening.pids_limit,
        "Init": hardening.init,
        "ReadonlyRootfs": hardening.read_only_root,
    }


def _capabilities(hardening: Hardening) -> set[str]:
    kept = set() if "ALL" in hardening.drop_capabilities else {*KEPT_CAPABILITIES} - {*hardening.drop_capabilities}
    return {*kept, *hardening.add_capabilities}


def _security_options(hardening: Hardening) -> Iterator[str]:
    if not hardening.allow_new_privileges:
        yield "no-new-privileges"
    if hardening.seccomp_profile is not None:
        yield f"seccomp={hardening.seccomp_profile}"
    if hardening.apparmor_profile is not None:
        yield f"apparmor={hardening.apparmor_profile}"


def _mount(mount: Mount) -> dict[str, object]:
    told: dict[str, object] = {"Type": mount.kind.value, "Target": mount.target, "ReadOnly": mount.read_only}
    if mount.kind is MountKind.TMPFS:
        if mount.size_mb is not None:
            told["TmpfsOptions"] = {"SizeBytes": mount.size_mb * _MB}
    else:
        told["Source"] = mount.source or ""
    return told
