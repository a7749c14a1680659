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
from container_manager.runspec.profiles import UNCONFINED
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
    if _HALF_STARTED.search(message):
        return half_started(message)
    hardening = spec.hardening
    if (hardening.apparmor_profile or hardening.seccomp_profile) and _NO_PROFILE.search(message):
        return refused(f"the host cannot apply the job's profile: {message}")
    return refused_start(message, state)


#: What an engine that died while it started a container stumbles over when it is to start it again.
_HALF_STARTED: Final = re.compile(r"failed to start shim: mkdir \S+: file exists|\bid already in use\b", re.IGNORECASE)


def half_started(message: str = "") -> LaunchRefusedError:
    """Return the refusal of a container that may have run; ``message`` is what the engine said, if anything."""
    words = "the engine died while it started the container, and whether the program ran cannot be known"
    return LaunchRefusedError(f"{words}: {message}" if message else words, reason=FailureReason.LOST)


def may_be_ignored(spec: RunSpec) -> bool:
    """Whether the spec asks for something that an engine drops in silence where its kernel does not have it."""
    hardening = spec.hardening
    return bool(spec.resources.swap_limit_mb or hardening.apparmor_profile or hardening.seccomp_profile)


def ignored(spec: RunSpec, info: wire.Info) -> LaunchRefusedError | None:
    """Return the refusal of what this engine would drop in silence, ``None`` where it keeps all."""
    features = {option.removeprefix("name=").partition(",")[0] for option in info.security_options or ()}
    if spec.resources.swap_limit_mb and not info.swap_limit:
        words = "swap_limit: the host's kernel keeps no account of swap"
    elif spec.hardening.apparmor_profile not in {None, UNCONFINED} and "apparmor" not in features:
        words = f"apparmor_profile: the host has no AppArmor, so {spec.hardening.apparmor_profile!r} would do nothing"
    elif spec.hardening.seccomp_profile not in {None, UNCONFINED} and "seccomp" not in features:
        words = "seccomp_profile: the host has no seccomp, so the profile would do nothing"
    else:
        return None
    return refused(words, reason=FailureReason.UNSUPPORTED)
