"""What an engine's refusal means for the attempt: by status and structure first, by its text last. Pure."""

from __future__ import annotations

import re
from typing import Final

from container_manager.executors.base import LaunchRefusedError
from container_manager.executors.docker import wire
from container_manager.executors.docker.errors import EngineResponseError
from container_manager.executors.docker.image import InvalidReferenceError, reference_of
from container_manager.executors.docker.observation import refused, refused_start
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import RunSpec

_PORT_TAKEN: Final = re.compile(r"port is already allocated|address already in use", re.IGNORECASE)
_NO_DEVICE: Final = re.compile(r"could not select device driver|unknown or invalid runtime|no known GPU", re.IGNORECASE)
_NO_PROFILE: Final = re.compile(r"apparmor|seccomp", re.IGNORECASE)


def create_refusal(spec: RunSpec, error: EngineResponseError) -> LaunchRefusedError:
    """Return the refusal of a container that was not made."""
    try:
        reference_of(spec.image)
    except InvalidReferenceError:
        return refused(error.message, reason=FailureReason.IMAGE)
    return refused(error.message)


def start_refusal(spec: RunSpec, message: str, state: wire.State | None) -> LaunchRefusedError:
    """Return the refusal of a container that was made and could not be started."""
    if spec.networking.ports and _PORT_TAKEN.search(message):
        asked = ", ".join(
            f"{port.host_ip}:{port.host_port}/{port.protocol}" for port in spec.networking.ports if port.host_port
        )
        return refused(f"a published port is taken on the host (asked for: {asked}): {message}", transient=True)
    if spec.resources.gpus is not None and _NO_DEVICE.search(message):
        words = f"the host has no graphics processors that its engine can give: {message}"
        return refused(words, reason=FailureReason.UNSUPPORTED)
    hardening = spec.hardening
    if (hardening.apparmor_profile or hardening.seccomp_profile) and _NO_PROFILE.search(message):
        return refused(f"the host cannot apply the job's profile: {message}")
    return refused_start(message, state)


def ignored_limits(spec: RunSpec, info: wire.Info) -> LaunchRefusedError | None:
    """Return the refusal of a limit that this engine would drop in silence, ``None`` where it keeps all."""
    if spec.resources.swap_limit_mb and not info.swap_limit:
        words = "swap_limit: this host's kernel keeps no account of swap (no swap limit support)"
        return refused(words, reason=FailureReason.UNSUPPORTED)
    return None
