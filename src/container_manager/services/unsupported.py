"""What a request asks for and an executor cannot honor. Asked when a job is submitted, and again before each launch."""

from __future__ import annotations

from container_manager.executors.base import Capabilities, LaunchRefusedError
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import PullPolicy, RunSpec
from container_manager.validation.problems import FieldProblem


def unsupported_fields(
    spec: RunSpec, capabilities: Capabilities, *, host_name: str, registry_secret: str = ""
) -> list[FieldProblem]:
    """Return the fields that are asked for and not honored, in the words of ``create_job``."""
    asked = {
        **_platform_fields(spec, capabilities),
        **_hardening_fields(spec, capabilities),
        **_resource_fields(spec, capabilities),
        **_network_fields(spec, capabilities),
        **_file_fields(spec, capabilities),
        "pull_policy": (spec.pull_policy is not PullPolicy.MISSING, capabilities.images),
        "pull_timeout_seconds": (spec.pull_timeout_seconds is not None, capabilities.images),
        "registry_secret": (bool(registry_secret or spec.registry), capabilities.images),
    }
    return [
        FieldProblem(
            field=field,
            message=f"cannot be honored by host {host_name!r}.",
            fix="Leave it out, or choose another host.",
        )
        for field, (is_asked, is_honored) in asked.items()
        if is_asked and not is_honored
    ]


def refuse_unsupported(spec: RunSpec, capabilities: Capabilities, *, host_name: str) -> None:
    """Raise :class:`LaunchRefusedError` for a spec that this executor would not honor whole."""
    problems = unsupported_fields(spec, capabilities, host_name=host_name)
    if problems:
        words = "\n".join(f"{problem.field} {problem.message} {problem.fix}" for problem in problems)
        raise LaunchRefusedError(words, reason=FailureReason.UNSUPPORTED)


_PLAIN = RunSpec(image="any").hardening

_Asked = dict[str, tuple[bool, bool]]
"""Of each field: whether it is asked for, and whether it is honored."""


def _platform_fields(spec: RunSpec, capabilities: Capabilities) -> _Asked:
    return {
        "entrypoint": (spec.entrypoint is not None, capabilities.entrypoints),
        "mounts": (bool(spec.mounts), capabilities.mounts),
        "user": (spec.user is not None, capabilities.users),
        "stop_signal": (spec.stop_signal is not None, capabilities.stop_signals),
    }


def _file_fields(spec: RunSpec, capabilities: Capabilities) -> _Asked:
    has_path = any(file.path.startswith("/") for file in spec.secret_files)
    return {
        "secrets": (bool(spec.secret_files), capabilities.secret_files),
        "secrets with an absolute path": (has_path and capabilities.secret_files, capabilities.secret_paths),
        "inputs": (bool(spec.inputs), capabilities.transfers),
        "outputs": (bool(spec.outputs), capabilities.transfers),
    }


def _hardening_fields(spec: RunSpec, capabilities: Capabilities) -> _Asked:
    asked, plain, honored = spec.hardening, _PLAIN, capabilities.hardening
    return {
        "pids_limit": (asked.pids_limit != plain.pids_limit, capabilities.pids_limit),
        "add_capabilities": (bool(asked.add_capabilities), honored),
        "drop_capabilities": (bool(asked.drop_capabilities), honored),
        "read_only_root": (asked.read_only_root, honored),
        "seccomp_profile": (asked.seccomp_profile is not None, honored),
        "apparmor_profile": (asked.apparmor_profile is not None, honored),
    }


def _resource_fields(spec: RunSpec, capabilities: Capabilities) -> _Asked:
    resources = spec.resources
    return {
        "memory_limit": (spec.memory_limit_mb is not None, capabilities.memory_limit),
        "cpu_limit": (spec.cpu_limit is not None, capabilities.cpu_limit),
        "swap_limit": (resources.swap_limit_mb is not None, capabilities.swap_limit),
        "shm_size": (resources.shm_size_mb is not None, capabilities.shm_size),
        "gpus": (resources.gpus is not None, capabilities.gpus),
        "ulimits": (bool(resources.ulimits), capabilities.ulimits),
    }


def _network_fields(spec: RunSpec, capabilities: Capabilities) -> _Asked:
    networking = spec.networking
    return {
        "network": (spec.network is not None, capabilities.networks),
        "ports": (bool(networking.ports), capabilities.ports),
        "dns": (bool(networking.dns), capabilities.name_resolution),
        "dns_search": (bool(networking.dns_search), capabilities.name_resolution),
        "extra_hosts": (bool(networking.extra_hosts), capabilities.name_resolution),
    }
