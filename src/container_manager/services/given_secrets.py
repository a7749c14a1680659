"""The stored secrets that an attempt is given: looked up once, just before its launch, and kept sealed until its end.

What was given stays known while anything of the attempt is left: a secret that was replaced or deleted meanwhile must
still be masked in what the attempt writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.db import transaction

from container_manager.models import Attempt, ContainerJob, Secret
from container_manager.models.sealed_columns import current_vault, opened_texts
from container_manager.request.secrets import SecretReference
from container_manager.runspec.spec import RegistryCredentials, RunSpec, SecretFile
from container_manager.sealing.vault import UnopenableError
from container_manager.services.leases import Lease, locked_job

#: What to do about a value that no key opens; the value itself is never shown.
_KEYS_ADVICE = (
    "put the key that it was sealed with back into CONTAINER_MANAGER['secret_keys'] (or SECRET_KEY_FALLBACKS), or "
    "store it anew"
)


class SecretRefusedError(Exception):
    """The attempt cannot be given a secret that it asks for. The message names it and says what to do."""


class SecretsUnreadableError(Exception):
    """What a launched attempt was given cannot be read now, so its output cannot be masked. Ask again later."""


def give_secrets(lease: Lease, spec: RunSpec) -> RunSpec:
    """Return the spec with everything secret in it; the same every time it is asked for one attempt.

    Raises :class:`SecretRefusedError`, where nothing was launched yet, and :class:`SecretsUnreadableError`.
    """
    with transaction.atomic():
        job = locked_job(lease)
        sealed = Attempt.objects.values_list("sealed_secrets", flat=True).get(pk=lease.attempt_id)
        if sealed is not None:
            values = _given_before(lease, sealed, spec)
        else:
            _refuse_unopened(spec)
            values = _looked_up(job)
            Attempt.objects.filter(pk=lease.attempt_id).update(sealed_secrets=_sealed(values))
    return spec_with(spec, job, values)


def known_secrets(jobs: Iterable[ContainerJob]) -> Mapping[str, str]:
    """Return the values, by name, of all stored secrets that these jobs name and that can be opened; in one query."""
    names = {name for job in jobs for name in names_of(job)}
    if not names:
        return {}
    return {secret.name: text for secret in Secret.objects.filter(name__in=names) for text in _opened(secret)}


def names_of(job: ContainerJob) -> frozenset[str]:
    """Return the names of the stored secrets that a job asks for."""
    registry = {job.registry_secret} if job.registry_secret else set()
    return frozenset({reference.secret for reference in job.secret_references} | registry)


def spec_with(spec: RunSpec, job: ContainerJob, values: Mapping[str, str]) -> RunSpec:
    """Return the spec with these stored secrets put where the job wants them.

    A variable without a value is named as secret all the same.
    """
    named = {reference.variable for reference in job.secret_references if reference.variable}
    wanted = [reference for reference in job.secret_references if reference.secret in values]
    variables = {reference.variable: values[reference.secret] for reference in wanted if reference.variable}
    return replace(
        spec,
        environment={**spec.environment, **variables},
        secret_names=spec.secret_names | named,
        secret_files=tuple(_file(reference, values) for reference in wanted if reference.file),
        registry=credentials_of(values[job.registry_secret]) if job.registry_secret in values else None,
    )


def credentials_of(text: str) -> RegistryCredentials | None:
    """Return the credentials in a secret: ``USERNAME:PASSWORD``, or JSON with both, or with an ``identity_token``.

    ``None`` for anything else.
    """
    try:
        match json.loads(text):
            case {"username": str(username), "password": str(password)}:
                return RegistryCredentials(username=username, password=password)
            case {"identity_token": str(token)}:
                return RegistryCredentials(identity_token=token)
    except ValueError:
        pass
    username, colon, password = text.strip().partition(":")
    return RegistryCredentials(username=username, password=password) if colon and username and password else None


def _given_before(lease: Lease, sealed: bytes | memoryview, spec: RunSpec) -> dict[str, str]:
    try:
        if not _unopened(spec):
            return opened_texts(sealed)
    except UnopenableError:
        pass
    raise SecretsUnreadableError(
        f"no key opens the secrets that attempt {lease.attempt_number} of job {lease.job_id} was given, so its output "
        f"cannot be masked: {_KEYS_ADVICE}"
    )


def _refuse_unopened(spec: RunSpec) -> None:
    if missing := _unopened(spec):
        raise SecretRefusedError(f"no key opens the job's secret variables ({', '.join(missing)}): {_KEYS_ADVICE}")


def _unopened(spec: RunSpec) -> list[str]:
    return sorted(spec.secret_names - spec.environment.keys())


def _sealed(values: Mapping[str, str]) -> bytes:
    """Seal even nothing: that there is something sealed says that the attempt may have been launched."""
    return current_vault().seal(json.dumps(dict(values)).encode())


def _looked_up(job: ContainerJob) -> dict[str, str]:
    names = names_of(job)
    usable = {secret.name: secret for secret in Secret.objects.usable_by(job.owner_id).filter(name__in=names)}
    if missing := sorted(names - usable.keys()):
        raise SecretRefusedError(
            f"there is no secret {missing[0]!r} that this job may use: store it with `manage.py set_secret "
            f"{missing[0]}`, or give the job an owner who may use it"
        )
    values = {name: text for name, secret in usable.items() for text in _opened(secret)}
    if sealed := sorted(names - values.keys()):
        raise SecretRefusedError(f"no key opens the secret {sealed[0]!r}: {_KEYS_ADVICE}")
    if job.registry_secret and credentials_of(values[job.registry_secret]) is None:
        raise SecretRefusedError(
            f"the secret {job.registry_secret!r} holds no credentials for a registry: store USERNAME:PASSWORD, or JSON "
            "with username and password, or with identity_token"
        )
    return values


def _opened(secret: Secret) -> Iterable[str]:
    """Yield the value, or nothing where no key opens it."""
    try:
        yield current_vault().open(bytes(secret.sealed)).decode()
    except UnopenableError:
        return


def _file(reference: SecretReference, values: Mapping[str, str]) -> SecretFile:
    content = values[reference.secret].encode()
    return SecretFile(path=reference.file, content=content, mode=reference.mode, name=reference.secret)
