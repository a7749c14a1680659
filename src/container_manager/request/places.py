"""Where each argument of a job stands in a checked request, so that single arguments can be changed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from container_manager.request.job_request import JobRequest

Path = tuple[str, ...]

#: The attributes that hold an argument. Arguments that only allow others have none.
PLACES: Mapping[str, Sequence[Path]] = {
    "image": [("spec", "image")],
    "command": [("spec", "command")],
    "entrypoint": [("spec", "entrypoint")],
    "name": [("name",)],
    "environment": [("spec", "environment"), ("spec", "secret_names"), ("environment_template",)],
    "environment_template": [("spec", "environment"), ("spec", "secret_names"), ("environment_template",)],
    "secret_names": [("spec", "secret_names")],
    "secrets": [("secrets",), ("spec", "secret_files")],
    "inputs": [("files", "sources"), ("spec", "inputs")],
    "outputs": [("files", "outputs"), ("spec", "outputs")],
    "memory_limit": [("spec", "memory_limit_mb")],
    "cpu_limit": [("spec", "cpu_limit")],
    "swap_limit": [("spec", "resources", "swap_limit_mb")],
    "shm_size": [("spec", "resources", "shm_size_mb")],
    "gpus": [("spec", "resources", "gpus")],
    "ulimits": [("spec", "resources", "ulimits")],
    "retry": [("retry",)],
    "stop_grace_seconds": [("stop_grace_seconds",)],
    "stop_signal": [("spec", "stop_signal")],
    "working_directory": [("spec", "working_directory")],
    "user": [("spec", "user")],
    "labels": [("spec", "labels")],
    "mounts": [("spec", "mounts")],
    "network": [("spec", "network")],
    "ports": [("spec", "networking", "ports")],
    "dns": [("spec", "networking", "dns")],
    "dns_search": [("spec", "networking", "dns_search")],
    "extra_hosts": [("spec", "networking", "extra_hosts")],
    "pull_policy": [("spec", "pull_policy")],
    "pull_timeout_seconds": [("spec", "pull_timeout_seconds"), ("policy", "pull_timeout_seconds")],
    "registry_secret": [("registry_secret",)],
    "add_capabilities": [("spec", "hardening", "add_capabilities")],
    "drop_capabilities": [("spec", "hardening", "drop_capabilities")],
    "seccomp_profile": [("spec", "hardening", "seccomp_profile")],
    "apparmor_profile": [("spec", "hardening", "apparmor_profile")],
    "allow_unconfined": [],
    "allow_new_privileges": [("spec", "hardening", "allow_new_privileges")],
    "pids_limit": [("spec", "hardening", "pids_limit")],
    "log_cap_mb": [("log_cap_bytes",)],
    "init": [("spec", "hardening", "init")],
    "read_only_root": [("spec", "hardening", "read_only_root")],
    "queue": [("policy", "queue")],
    "priority": [("policy", "priority")],
    "not_before": [("policy", "not_before")],
    "deadline": [("policy", "deadline")],
    "queue_timeout_seconds": [("policy", "queue_timeout_seconds")],
    "start_timeout_seconds": [("policy", "start_timeout_seconds")],
    "timeout_seconds": [("policy", "timeout_seconds")],
    "total_timeout_seconds": [("policy", "total_timeout_seconds")],
    "dedup_key": [("policy", "dedup_key")],
    "concurrency_key": [("policy", "concurrency_key"), ("policy", "concurrency_limit")],
    "concurrency_limit": [("policy", "concurrency_limit")],
    "host_labels": [("policy", "host_labels")],
    "after": [("waits",)],
    "after_failure": [("waits",)],
    "after_either": [("waits",)],
}

#: Arguments that the checks of others look at, and that are taken as they stand in a request.
_LOOKED_AT = (
    "image",
    "command",
    "memory_limit",
    "cpu_limit",
    "retry",
    "mounts",
    "network",
    "ports",
    "dns",
    "dns_search",
    "extra_hosts",
    "pull_policy",
    "registry_secret",
    "user",
    "deadline",
    "read_only_root",
    "concurrency_key",
)


def at(request: JobRequest, path: Path) -> Any:  # noqa: ANN401  (each place has a type of its own)
    """Return what stands at a place."""
    value: Any = request
    for name in path:
        value = getattr(value, name)
    return value


def fields_of(request: JobRequest, changes: Mapping[str, object]) -> dict[str, object]:
    """Return the arguments of a request with which these changes must agree, to be checked together with them."""
    fields: dict[str, object] = {name: at(request, PLACES[name][0]) for name in _LOOKED_AT}
    if request.policy.concurrency_key and "concurrency_key" not in changes:
        fields["concurrency_limit"] = request.policy.concurrency_limit
    if not {"environment", "environment_template"}.isdisjoint(changes):
        given = changes.get("environment")
        named = given if isinstance(given, Mapping) else {}
        # What was a secret under its name stays one.
        fields["secret_names"] = sorted(request.spec.secret_names & set(named))
        fields["environment_template"] = request.environment_template or None
    elif "secret_names" in changes:
        fields["environment"] = request.spec.environment
    return fields


def transplanted(request: JobRequest, checked: JobRequest, changes: Collection[str]) -> JobRequest:
    """Return ``request`` with what stands in ``checked`` at the places of these arguments."""
    for name in changes:
        for path in PLACES[name]:
            request = _with(request, path, at(checked, path))
    return request


def _with(record: Any, path: Path, value: object) -> Any:  # noqa: ANN401  (records of several types)
    name, *rest = path
    return replace(record, **{name: _with(getattr(record, name), tuple(rest), value) if rest else value})
