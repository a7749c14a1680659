"""The worker's own credentials for registries, where Docker's command line would look: ``config.json`` and its helpers.

Nothing of what is read here is ever logged, or stands in an error.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from container_manager.executors.docker.registry_login import (
    ConfigError,
    DockerConfig,
    Login,
    header_for,
    helper_credentials,
    helper_for,
    parse_config,
    registry_key,
    stored_credentials,
)
from container_manager.runspec.spec import RegistryCredentials

HELPER_SECONDS: Final = 15.0
_HELPER_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")
#: What a helper prints where it has nothing for a registry; the protocol has no other sign.
_NOTHING_FOUND: Final = b"credentials not found"


def config_directory(environment: Mapping[str, str]) -> Path:
    """Return where Docker's command line keeps its configuration."""
    return Path(environment.get("DOCKER_CONFIG") or Path(environment.get("HOME") or "~").expanduser() / ".docker")


class RegistryLogins:
    """Finds out how to log in at an image's registry."""

    def __init__(self, directory: Path, *, helper_seconds: float = HELPER_SECONDS) -> None:
        self._file = directory / "config.json"
        self._helper_seconds = helper_seconds

    async def login(self, repository: str, credentials: RegistryCredentials | None) -> Login:
        """Return the login: the job's own, else the worker's, else none. Raises nothing: what went wrong is in it."""
        key = registry_key(repository)
        if credentials is not None:
            return Login(header=header_for(credentials, key))
        try:
            config = await asyncio.to_thread(self._read)
            found = await self._find(config, key) if config is not None else None
        except ConfigError as error:
            return Login(trouble=str(error))
        return Login(header=header_for(found, key)) if found is not None else Login()

    def _read(self) -> DockerConfig | None:
        try:
            return parse_config(self._file.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigError(f"the registry configuration cannot be read: {error}") from None
        except ConfigError as error:
            raise ConfigError(f"the registry configuration {self._file} cannot be used: {error}") from None

    async def _find(self, config: DockerConfig, key: str) -> RegistryCredentials | None:
        helper = helper_for(config, key)
        if not helper:
            return stored_credentials(config, key)
        if not _HELPER_NAME.fullmatch(helper):
            raise ConfigError(f"the registry configuration {self._file} names a credential helper that is no program's")
        program = f"docker-credential-{helper}"
        try:
            answer = await self._ask(program, key)
            return None if answer is None else helper_credentials(answer)
        except ConfigError as error:
            raise ConfigError(f"the credential helper {program} cannot be used: {error}") from None

    async def _ask(self, program: str, key: str) -> bytes | None:
        """Run a helper and return what it printed, ``None`` where it has nothing for this registry."""
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                "get",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise ConfigError(os.strerror(error.errno or 0)) from None
        try:
            async with asyncio.timeout(self._helper_seconds):
                answer, _ = await process.communicate(f"{key}\n".encode())
        except TimeoutError:
            raise ConfigError(f"no answer within {self._helper_seconds:g} s") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if process.returncode == 0:
            return answer
        if _NOTHING_FOUND in answer.lower():
            return None
        raise ConfigError(f"it ended with exit code {process.returncode}")
