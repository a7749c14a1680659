"""Checking what a job asks for, before anything is stored.

Pure: takes plain values, and returns a :class:`JobRequest` or raises :class:`InvalidJobError` with every wrong field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from container_manager.lifecycle.retry import RetryPolicy
from container_manager.request.environment_template import check_template_name
from container_manager.request.files import JobFiles, check_files
from container_manager.request.graph import Wait, WaitFields, check_waits
from container_manager.request.policy import Clock, PolicyFields, check_policy, system_clock
from container_manager.request.retries import RetryFields, check_retry
from container_manager.request.secrets import SecretReference, check_secrets, empty_files
from container_manager.runspec.command_line import check_command, check_entrypoint
from container_manager.runspec.image_reference import check_image
from container_manager.runspec.mounts import check_mounts
from container_manager.runspec.networking import check_networking
from container_manager.runspec.pulling import check_pull_policy, check_pull_timeout, check_registry_secret
from container_manager.runspec.relaxations import check_hardening, check_network, check_user
from container_manager.runspec.resources import check_resources
from container_manager.runspec.spec import DEFAULT_STOP_GRACE_SECONDS, Mount, PublishedPort, RunSpec
from container_manager.runspec.stop_signal import check_stop_signal
from container_manager.runspec.variables import check_environment, check_labels, check_secret_names
from container_manager.scheduling.policy import JobPolicy
from container_manager.validation.plain_values import NumberRange, check_number, check_text, check_whole
from container_manager.validation.problems import FieldProblem, InvalidJobError, Problems, did_you_mean

__all__ = ["FieldProblem", "InvalidJobError", "JobRequest", "JobRequestFields", "Problems", "check_request"]


class JobRequestFields(PolicyFields, WaitFields, total=False):
    """The keyword arguments of ``ContainerJob.objects.create_job`` (all but ``host``). ``None`` means "not given"."""

    image: str
    command: str | Sequence[str] | None
    entrypoint: str | Sequence[str] | None
    name: str | None
    environment: Mapping[str, str] | None
    environment_template: str | None
    secret_names: Sequence[str] | None
    secrets: Mapping[str, str] | Sequence[Mapping[str, object]] | None
    inputs: Sequence[Mapping[str, object]] | None
    outputs: Sequence[Mapping[str, object]] | None
    memory_limit: int | None
    cpu_limit: float | None
    swap_limit: int | None
    shm_size: int | None
    gpus: int | str | Mapping[str, object] | None
    ulimits: Mapping[str, int | tuple[int, int]] | None
    retry: int | RetryFields | RetryPolicy | None
    stop_grace_seconds: float | None
    stop_signal: str | None
    working_directory: str | None
    user: str | None
    labels: Mapping[str, str] | None
    mounts: Sequence[Mapping[str, object] | Mount] | None
    network: str | None
    ports: Sequence[str | int | Mapping[str, object] | PublishedPort] | None
    dns: Sequence[str] | None
    dns_search: Sequence[str] | None
    extra_hosts: Mapping[str, str] | None
    pull_policy: str | None
    pull_timeout_seconds: float | None
    registry_secret: str | None
    add_capabilities: Sequence[str] | None
    drop_capabilities: Sequence[str] | None
    seccomp_profile: str | Mapping[str, object] | None
    apparmor_profile: str | None
    allow_unconfined: bool | None
    allow_new_privileges: bool | None
    pids_limit: int | None
    log_cap_mb: float | None
    init: bool | None
    read_only_root: bool | None


@dataclass(frozen=True, kw_only=True)
class JobRequest:
    """A request that was found good: what to run, and the limits that are not the platform's business.

    ``registry_secret`` is the name of the secret to log in at the image's registry with. ``environment_template`` is
    the name of the template whose variables the spec has already.
    """

    spec: RunSpec
    name: str = ""
    environment_template: str = ""
    registry_secret: str = ""
    secrets: tuple[SecretReference, ...] = ()
    files: JobFiles = field(default_factory=JobFiles, compare=False)
    stop_grace_seconds: float = DEFAULT_STOP_GRACE_SECONDS
    log_cap_bytes: int | None = None
    """How much of each attempt's output is kept, half of its beginning and half of its end; ``None``: the setting."""
    policy: JobPolicy = field(default_factory=JobPolicy)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    waits: tuple[Wait, ...] = ()


_KNOWN = frozenset(JobRequestFields.__annotations__)

#: What other tools call the same thing.
_ELSEWHERE = {
    "args": "command",
    "add_host": "extra_hosts",
    "cap_add": "add_capabilities",
    "cap_drop": "drop_capabilities",
    "cmd": "command",
    "cpu": "cpu_limit",
    "cpus": "cpu_limit",
    "cwd": "working_directory",
    "depends_on": "after",
    "docker_host": "host",
    "env": "environment",
    "env_file": "environment_template",
    "template": "environment_template",
    "executor_host": "host",
    "image_pull_policy": "pull_policy",
    "mem_limit": "memory_limit",
    "memory": "memory_limit",
    "memswap_limit": "swap_limit",
    "network_mode": "network",
    "publish": "ports",
    "pull": "pull_policy",
    "read_only": "read_only_root",
    "swap": "swap_limit",
    "timeout": "timeout_seconds",
    "volumes": "mounts",
    "workdir": "working_directory",
    "working_dir": "working_directory",
}

# Docker takes no less than 6 MB. The upper bounds are what the columns and the platforms' own numbers can hold.
_MEMORY = NumberRange(least=6, most=2**31 - 1, unit="MB", example="512")
_CPU = NumberRange(least=0.01, most=10_000, unit="cores", example="1.5")
_LOG_CAP = NumberRange(least=0.01, most=16 * 1024, unit="MB", example="64")
_GRACE = NumberRange(least=0, most=86_400, unit="seconds", example="10")


def check_request(
    fields: Mapping[str, object], problems: Problems | None = None, clock: Clock = system_clock
) -> JobRequest:
    """Return the checked request. Raises :class:`InvalidJobError` with every wrong field, those in ``problems`` too.

    ``clock`` is asked only where a moment was given.
    """
    problems = Problems() if problems is None else problems
    for name in fields:
        if name not in _KNOWN:
            problems.add(name, "is no field of a job.", _unknown_fix(name))
    files, secrets = check_files(fields, problems), check_secrets(fields, problems)
    spec = replace(
        _check_spec(fields, problems),
        inputs=files.inputs,
        outputs=files.outputs,
        secret_files=empty_files(secrets),
    )
    grace = check_number("stop_grace_seconds", fields.get("stop_grace_seconds"), problems, _GRACE)
    request = JobRequest(
        spec=spec,
        name=_check_name(fields.get("name"), problems),
        environment_template=check_template_name(fields.get("environment_template"), problems),
        registry_secret=check_registry_secret(fields, problems),
        secrets=secrets,
        files=files,
        stop_grace_seconds=DEFAULT_STOP_GRACE_SECONDS if grace is None else grace,
        log_cap_bytes=_check_log_cap(fields.get("log_cap_mb"), problems),
        policy=replace(check_policy(fields, problems, clock), pull_timeout_seconds=spec.pull_timeout_seconds),
        retry=check_retry(fields.get("retry"), problems, memory_limit=spec.memory_limit_mb),
        waits=check_waits(fields, problems),
    )
    problems.raise_if_any()
    return request


def _check_spec(fields: Mapping[str, object], problems: Problems) -> RunSpec:
    return RunSpec(
        image=check_image(fields.get("image"), problems),
        command=check_command(fields.get("command"), problems),
        entrypoint=check_entrypoint(fields.get("entrypoint"), problems),
        environment=check_environment(fields.get("environment"), problems),
        secret_names=check_secret_names(fields.get("secret_names"), fields.get("environment"), problems),
        memory_limit_mb=check_whole("memory_limit", fields.get("memory_limit"), problems, _MEMORY),
        cpu_limit=check_number("cpu_limit", fields.get("cpu_limit"), problems, _CPU),
        working_directory=_check_directory(fields.get("working_directory"), problems),
        user=check_user(fields.get("user"), problems),
        labels=check_labels(fields.get("labels"), problems),
        mounts=check_mounts(fields.get("mounts"), problems),
        network=check_network(fields.get("network"), problems),
        hardening=check_hardening(fields, problems),
        resources=check_resources(fields, problems),
        networking=check_networking(fields, problems),
        stop_signal=check_stop_signal(fields.get("stop_signal"), problems),
        pull_policy=check_pull_policy(fields.get("pull_policy"), problems),
        pull_timeout_seconds=check_pull_timeout(fields.get("pull_timeout_seconds"), problems),
    )


def _check_log_cap(value: object, problems: Problems) -> int | None:
    megabytes = check_number("log_cap_mb", value, problems, _LOG_CAP)
    return None if megabytes is None else round(megabytes * 1024 * 1024)


def _check_name(value: object, problems: Problems) -> str:
    name = check_text("name", value, problems, example="'nightly report'", longest=200)
    if not name.isprintable():
        problems.add(
            "name", "holds characters that cannot be shown in one line.", "Write for example 'nightly report'."
        )
    return name


def _check_directory(value: object, problems: Problems) -> str | None:
    directory = check_text("working_directory", value, problems, example="'/work'", longest=1000)
    if directory and not directory.startswith("/"):
        problems.add("working_directory", f"{directory!r} is not absolute.", f"Write {'/' + directory!r}.")
    return directory or None


def _unknown_fix(name: str) -> str:
    if name == "privileged":
        return "No job is privileged; add_capabilities gives it the few capabilities that it needs."
    if name in _ELSEWHERE:
        return f"Did you mean {_ELSEWHERE[name]!r}?"
    return did_you_mean(name, _KNOWN | {"host"}, otherwise=f"There are {', '.join(sorted(_KNOWN | {'host'}))}.")
