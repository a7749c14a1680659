"""From the engine's words to ours: observations, hints, refusals. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from container_manager.executors.base import (
    Exited,
    Hint,
    HintKind,
    LaunchRefusedError,
    Lost,
    Observation,
    Prepared,
    Running,
    Usage,
)
from container_manager.executors.docker import wire
from container_manager.executors.docker.translate import key_of
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import PublishedPort

RUNNING_STATES: Final = frozenset({"running", "paused", "restarting"})

_HINTS: Final = {
    "start": HintKind.STARTED,
    "die": HintKind.ENDED,
    "oom": HintKind.OOM,
    "kill": HintKind.SIGNALLED,
    "destroy": HintKind.REMOVED,
}
#: The events from which hints are made.
WATCHED_ACTIONS: Final = tuple(_HINTS)

#: What Docker's own command line exits with where a container could not be started for another reason than its command.
REFUSED_EXIT_CODE: Final = 125
_KILLED: Final = 137
_ALMOST_ALL: Final = 0.9
_COMMAND_EXIT_CODES: Final = frozenset({126, 127})


def time_of(text: str) -> datetime | None:
    """Return the time the engine wrote (RFC 3339, up to nine decimals), ``None`` for its zero time."""
    if not text or text.startswith("0001-"):
        return None
    return datetime.fromisoformat(text).astimezone(UTC)


def may_be_out_of_memory(container: wire.Container, usage: Usage) -> bool:
    """Whether it was killed without a word why, its memory almost all used, or nobody knows how much of it."""
    state = container.state
    if state.exit_code != _KILLED or state.oom_killed or usage.oom_kills:
        return False
    return has_used_up_memory(container, usage)


def has_used_up_memory(container: wire.Container, usage: Usage) -> bool:
    """Whether a container with a memory limit used almost all of it, or nobody knows how much."""
    limit, peak = container.host_config.memory, usage.peak_memory_bytes
    return limit > 0 and (peak is None or peak >= _ALMOST_ALL * limit)


def observation_of(container: wire.Container, usage: Usage) -> Observation:
    """Return what the engine says of a container. ``usage`` is taken over where it is over."""
    state = container.state
    if state.status == "created":
        return Prepared()
    if state.status in RUNNING_STATES:
        return Running(started_at=time_of(state.started_at), ports=ports_of(container.network_settings))
    started_at, finished_at = time_of(state.started_at), time_of(state.finished_at)
    if finished_at is None:
        return Lost(detail=f"the engine is {state.status} this container, which never ran")
    return Exited(
        exit_code=state.exit_code,
        oom_killed=state.oom_killed or bool(usage.oom_kills),
        # The engine notes the start once it hears of it, which may be after a very short program's end.
        started_at=min(started_at, finished_at) if started_at else None,
        finished_at=finished_at,
        usage=usage,
    )


def ports_of(settings: wire.NetworkSettings) -> tuple[PublishedPort, ...]:
    """Return the ports that are reachable on the host, in order."""
    found = []
    for name, bindings in (settings.ports or {}).items():
        port, _, protocol = name.partition("/")
        found += [
            PublishedPort(
                container_port=int(port), protocol=protocol, host_port=int(one.host_port), host_ip=one.host_ip
            )
            for one in bindings or ()
            if one.host_port.isdecimal()
        ]
    return tuple(sorted(found, key=lambda one: (one.container_port, one.protocol, one.host_ip, one.host_port or 0)))


def hint_of(event: wire.Event) -> Hint | None:
    """Return the hint in an event, ``None`` where it is not about an attempt of ours."""
    key, kind = key_of(event.actor.attributes), _HINTS.get(event.action)
    if key is None or kind is None:
        return None
    signal = event.actor.attributes.get("signal", "")
    return Hint(kind=kind, key=key, signal=int(signal) if kind is HintKind.SIGNALLED and signal.isdecimal() else None)


def refused(
    message: str, *, reason: FailureReason = FailureReason.LAUNCH_REFUSED, transient: bool = False
) -> LaunchRefusedError:
    """Return the refusal of something that was never started."""
    return LaunchRefusedError(message, reason=reason, exit_code=REFUSED_EXIT_CODE, transient=transient)


def refused_start(message: str, state: wire.State | None) -> LaunchRefusedError:
    """Return the refusal of a start.

    The engine notes 126 or 127 as the exit code of a container whose command could not be run; that is the structured
    form of what its message says in words that differ by version.
    """
    code = state.exit_code if state is not None else 0
    return LaunchRefusedError(
        message,
        reason=FailureReason.LAUNCH_REFUSED,
        exit_code=code if code in _COMMAND_EXIT_CODES else REFUSED_EXIT_CODE,
    )
