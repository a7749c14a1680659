"""How to log in at a registry: which entry of Docker's configuration is meant, and what the engine is sent. Pure."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from container_manager.runspec.spec import RegistryCredentials

#: Under this name Docker keeps the credentials for its Hub.
HUB_KEY: Final = "https://index.docker.io/v1/"
_HUB_NAMES: Final = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})

#: In place of a user's name: the password is an identity token.
_TOKEN_NAME: Final = "<token>"  # noqa: S105  (a mark, not a secret)

#: How to say "no credentials" to an engine that asks for the header.
ANONYMOUS: Final = "e30="


class ConfigError(ValueError):
    """Docker's configuration cannot be read. The message repeats nothing of what stands in it."""


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of ``auths``."""

    auth: str = ""
    username: str = ""
    password: str = ""
    identity_token: str = msgspec.field(name="identitytoken", default="")


class DockerConfig(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What ``config.json`` says of registries."""

    auths: dict[str, _Entry] = msgspec.field(default_factory=dict)
    creds_store: str = ""
    cred_helpers: dict[str, str] = msgspec.field(default_factory=dict)


class _HelperAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What ``docker-credential-NAME get`` prints."""

    username: str = ""
    secret: str = ""


@dataclass(frozen=True, kw_only=True)
class Login:
    """The header that the engine is sent, and why the worker's own configuration could not give one, if so."""

    header: str = field(default=ANONYMOUS, repr=False)
    trouble: str = ""


def registry_key(repository: str) -> str:
    """Return the name under which Docker keeps the credentials for this repository's registry."""
    first, slash, _ = repository.partition("/")
    is_host = bool(slash) and (first == "localhost" or "." in first or ":" in first or first != first.lower())
    return first if is_host and first not in _HUB_NAMES else HUB_KEY


def parse_config(text: bytes) -> DockerConfig:
    """Return what ``config.json`` says. Raises :class:`ConfigError`."""
    try:
        return msgspec.json.decode(text, type=DockerConfig)
    except msgspec.MsgspecError:
        # Without the original error as its cause: that one quotes values.
        raise ConfigError("it is not the JSON that Docker writes") from None


def helper_for(config: DockerConfig, key: str) -> str:
    """Return the name of the credential helper for a registry, the empty text where none is configured."""
    return config.cred_helpers.get(key) or config.cred_helpers.get(_host_of(key)) or config.creds_store


def stored_credentials(config: DockerConfig, key: str) -> RegistryCredentials | None:
    """Return what ``auths`` holds for a registry. Raises :class:`ConfigError` for an entry that cannot be read."""
    entry = config.auths.get(key)
    if entry is None:
        entry = next((found for name, found in config.auths.items() if _host_of(name) == _host_of(key)), None)
    if entry is None:
        return None
    username, password = entry.username, entry.password
    if entry.auth:
        username, password = _decoded(entry.auth, key)
    if not (username or password or entry.identity_token):
        return None
    return RegistryCredentials(username=username, password=password, identity_token=entry.identity_token)


def helper_credentials(answer: bytes) -> RegistryCredentials | None:
    """Return what a credential helper printed. Raises :class:`ConfigError`."""
    try:
        told = msgspec.json.decode(answer, type=_HelperAnswer)
    except msgspec.MsgspecError:
        raise ConfigError("its answer is not the JSON that Docker asks for") from None
    if told.username == _TOKEN_NAME:
        return RegistryCredentials(identity_token=told.secret)
    return RegistryCredentials(username=told.username, password=told.secret) if told.secret else None


def header_for(credentials: RegistryCredentials, key: str) -> str:
    """Return the value of ``X-Registry-Auth``."""
    told: Mapping[str, str] = (
        {"identitytoken": credentials.identity_token}
        if credentials.identity_token
        else {"username": credentials.username, "password": credentials.password}
    )
    return base64.urlsafe_b64encode(json.dumps({**told, "serveraddress": key}).encode()).decode()


def _decoded(auth: str, key: str) -> tuple[str, str]:
    try:
        username, colon, password = base64.b64decode(auth, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        username = colon = password = ""
    if not colon:
        raise ConfigError(f"its entry for {key} is no base64 of NAME:PASSWORD")
    return username, password.rstrip("\0")


def _host_of(key: str) -> str:
    """Return the host and port of a key, which may be written as a URL."""
    return key.removeprefix("https://").removeprefix("http://").partition("/")[0]
