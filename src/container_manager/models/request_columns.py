"""The columns that hold what a job runs, and the way from and to a checked request."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import models

from container_manager.models.policy_columns import policy_columns_of
from container_manager.models.sealed_columns import opened_if_possible, sealed_texts
from container_manager.request.job_request import JobRequest
from container_manager.request.secrets import SecretReference, empty_files
from container_manager.runspec.spec import (
    FileTransfer,
    Hardening,
    Mount,
    Networking,
    PullPolicy,
    Resources,
    RunSpec,
)


class RequestColumns(models.Model):
    """What to run. Limits are in MB (1024 * 1024 bytes), cores, and seconds.

    ``environment`` has the plain variables; those that ``secret_names`` names are in ``sealed_environment``, encrypted.
    ``secret_refs`` names stored secrets and where they go: never a value.
    """

    name = models.CharField(max_length=200, blank=True)
    image = models.CharField(max_length=500)
    command = models.JSONField(default=list)
    entrypoint = models.JSONField(null=True)
    environment = models.JSONField(default=dict)
    secret_names = models.JSONField(default=list)
    sealed_environment = models.BinaryField(null=True)
    secret_refs = models.JSONField(default=list, db_default=[])
    environment_template = models.CharField(max_length=200, blank=True, db_default="")
    memory_limit = models.PositiveIntegerField(null=True)
    cpu_limit = models.FloatField(null=True)
    timeout_seconds = models.FloatField(null=True)
    stop_grace_seconds = models.FloatField(default=10)
    stop_signal = models.CharField(max_length=20, blank=True, db_default="")
    working_directory = models.CharField(max_length=1000, blank=True)
    user = models.CharField(max_length=200, blank=True)
    labels = models.JSONField(default=dict)
    mounts = models.JSONField(default=list)
    network = models.CharField(max_length=200, blank=True)
    hardening = models.JSONField(default=dict)
    resources = models.JSONField(default=dict, db_default={})
    networking = models.JSONField(default=dict, db_default={})
    pull_policy = models.CharField(max_length=10, default=PullPolicy.MISSING.value, db_default=PullPolicy.MISSING.value)
    registry_secret = models.CharField(max_length=200, blank=True, db_default="")
    inputs = models.JSONField(default=list, db_default=[])
    outputs = models.JSONField(default=list, db_default=[])
    pull_timeout_seconds: models.FloatField[float | None, float | None]

    log_cap_bytes = models.PositiveBigIntegerField(null=True)

    class Meta:
        abstract = True

    def run_spec(self) -> RunSpec:
        """Return what to run, as an executor takes it, without the stored secrets.

        A secret variable that no key opens any more is missing from the environment, and secret files are empty.
        """
        return RunSpec(
            image=self.image,
            command=tuple(self.command),
            entrypoint=None if self.entrypoint is None else tuple(self.entrypoint),
            environment={**self.environment, **opened_if_possible(self.sealed_environment)},
            secret_names=frozenset(self.secret_names),
            memory_limit_mb=self.memory_limit,
            cpu_limit=self.cpu_limit,
            working_directory=self.working_directory or None,
            user=self.user or None,
            labels=self.labels,
            mounts=msgspec.convert(self.mounts, tuple[Mount, ...]),
            network=self.network or None,
            hardening=msgspec.convert(self.hardening, Hardening),
            resources=msgspec.convert(self.resources, Resources),
            networking=msgspec.convert(self.networking, Networking),
            stop_signal=self.stop_signal or None,
            pull_policy=PullPolicy(self.pull_policy),
            pull_timeout_seconds=self.pull_timeout_seconds,
            inputs=msgspec.convert(self.inputs, tuple[FileTransfer, ...]),
            outputs=msgspec.convert(self.outputs, tuple[FileTransfer, ...]),
            secret_files=empty_files(self.secret_references),
        )

    @property
    def secret_references(self) -> tuple[SecretReference, ...]:
        """The stored secrets that the job is given, by their names."""
        return msgspec.convert(self.secret_refs, tuple[SecretReference, ...])


def columns_of(request: JobRequest) -> dict[str, Any]:
    """Return the columns that hold a checked request."""
    spec = request.spec
    return {
        "name": request.name,
        "image": spec.image,
        "command": list(spec.command),
        "entrypoint": None if spec.entrypoint is None else list(spec.entrypoint),
        "environment": {name: value for name, value in spec.environment.items() if name not in spec.secret_names},
        "sealed_environment": sealed_texts(spec.secret_variables),
        "secret_names": sorted(spec.secret_names),
        "environment_template": request.environment_template,
        "secret_refs": msgspec.to_builtins(request.secrets),
        "memory_limit": spec.memory_limit_mb,
        "cpu_limit": spec.cpu_limit,
        "stop_grace_seconds": request.stop_grace_seconds,
        "stop_signal": spec.stop_signal or "",
        "working_directory": spec.working_directory or "",
        "user": spec.user or "",
        "labels": dict(spec.labels),
        "mounts": msgspec.to_builtins(spec.mounts),
        "network": spec.network or "",
        "hardening": msgspec.to_builtins(spec.hardening),
        "resources": msgspec.to_builtins(spec.resources),
        "networking": msgspec.to_builtins(spec.networking),
        "pull_policy": spec.pull_policy.value,
        "registry_secret": request.registry_secret,
        "log_cap_bytes": request.log_cap_bytes,
        "inputs": msgspec.to_builtins(spec.inputs),
        "outputs": msgspec.to_builtins(spec.outputs),
        **policy_columns_of(request.policy, request.retry),
        "pull_timeout_seconds": spec.pull_timeout_seconds,
    }
