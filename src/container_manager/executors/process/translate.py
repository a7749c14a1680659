"""From a run spec to the shim's order, and from the shim's records to observations. No input, no output."""

from __future__ import annotations

import errno as numbers
import os
import resource
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from container_manager.executors.base import (
    AttemptKey,
    Capabilities,
    Exited,
    LaunchRefusedError,
    Sample,
    Usage,
    UsageSource,
)
from container_manager.executors.process.cgroups import Limits
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import DEFAULT_PIDS_LIMIT, PullPolicy, RunSpec
from container_manager.runspec.stop_signal import signal_number

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

MEGABYTE = 1024 * 1024

#: The kernel's number of each limit, by the name that jobs use.
RLIMITS: Mapping[str, int] = {
    name.removeprefix("RLIMIT_").lower(): number
    for name, number in vars(resource).items()
    if name.startswith("RLIMIT_") and name != "RLIMIT_OFILE"
} | {"locks": 10}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: What ``env``, ``nice`` and their kin give when they themselves fail before the command's turn.
_BEFORE_THE_COMMAND = 125
_CANNOT_EXECUTE = 126
_NOT_FOUND = 127


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The user a program runs as, in the system's numbers."""

    uid: int
    gid: int
    groups: tuple[int, ...]


def moment(nanoseconds: int) -> datetime:
    """Return the time that many nanoseconds after the epoch."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


def refuse_unsupported(spec: RunSpec, can: Capabilities) -> None:
    """Raise :class:`LaunchRefusedError` for the first thing in the spec that this machine cannot honor."""
    for is_asked, what, instead in (*_asked_of_platform(spec, can), *_asked_of_image(spec)):
        if is_asked:
            message = (
                f"the job {what}, which the process executor cannot do here: {instead}, or use the docker executor"
            )
            raise LaunchRefusedError(message, reason=FailureReason.UNSUPPORTED)


def _asked_of_platform(spec: RunSpec, can: Capabilities) -> Sequence[tuple[bool, str, str]]:
    hardening, networking = spec.hardening, spec.networking
    return [
        (spec.network is not None, f"asks for the network {spec.network!r}", "leave the network unset"),
        (bool(hardening.add_capabilities), "adds capabilities", "leave add_capabilities unset"),
        (bool(hardening.drop_capabilities), "drops capabilities", "leave drop_capabilities unset"),
        (hardening.seccomp_profile is not None, "has a seccomp profile", "leave seccomp_profile unset"),
        (hardening.apparmor_profile is not None, "has an AppArmor profile", "leave apparmor_profile unset"),
        (spec.user is not None and not can.users, f"asks for the user {spec.user!r}", "run the worker as root"),
        (spec.memory_limit_mb is not None and not can.memory_limit, "limits memory", "leave memory_limit unset"),
        (spec.cpu_limit is not None and not can.cpu_limit, "limits the CPU", "give the worker control groups"),
        (hardening.pids_limit != DEFAULT_PIDS_LIMIT and not can.pids_limit, "limits processes", "leave it unset"),
        (spec.resources.swap_limit_mb is not None, "limits swap", "leave swap_limit unset"),
        (spec.resources.gpus is not None, "asks for graphics processors", "leave gpus unset"),
        (bool(networking.ports), "publishes ports", "listen on the port itself"),
        (bool(networking.dns or networking.dns_search), "names DNS servers", "leave dns and dns_search unset"),
        (bool(networking.extra_hosts), "has hosts of its own", "leave extra_hosts unset"),
    ]


def _asked_of_image(spec: RunSpec) -> Sequence[tuple[bool, str, str]]:
    return [
        (bool(spec.mounts), "mounts files", "name the files by their paths on this machine"),
        (spec.hardening.read_only_root, "asks for a read-only root", "leave read_only_root unset"),
        (spec.resources.shm_size_mb is not None, "asks for shared memory of a size", "leave shm_size unset"),
        (spec.pull_policy is not PullPolicy.MISSING, "has a pull policy", "leave pull_policy unset"),
        (spec.pull_timeout_seconds is not None, "limits a pull", "leave pull_timeout_seconds unset"),
        (spec.registry is not None, "logs in at a registry", "leave registry_secret unset"),
    ]


def with_whole_command(spec: RunSpec) -> RunSpec:
    """Return the spec with its entrypoint in front of its command: there is no image that could have one."""
    return replace(spec, command=(*(spec.entrypoint or ()), *spec.command), entrypoint=None)


def refuse_unusable(spec: RunSpec) -> None:
    """Raise :class:`LaunchRefusedError` for a command or an environment that no system could start."""
    if not spec.command:
        raise _refused("the job has no command, and without an image there is no command of its own: name one", None)
    if not spec.command[0]:
        raise failed_step("command", numbers.ENOENT, spec)
    if "\0" in "".join([*spec.command, *spec.environment.keys(), *spec.environment.values()]):
        raise _refused("an argument or a variable holds a NUL, which no program can be given", _BEFORE_THE_COMMAND)
    wrong = [name for name in spec.environment if not name or "=" in name]
    if wrong:
        raise _refused(f"{wrong[0]!r} cannot be the name of a variable", _BEFORE_THE_COMMAND)


def unknown_user(user: str, what: str) -> LaunchRefusedError:
    """Return the refusal of a user or group that this machine does not know."""
    return _refused(f"unable to find {what} of {user!r}: no matching entry", _BEFORE_THE_COMMAND)


def failed_step(
    step: str, number: int, spec: RunSpec, *, script_without_interpreter: bool = False
) -> LaunchRefusedError:
    """Return the refusal for a step of the start that the system refused with this error number."""
    words = f"[Errno {number}] {os.strerror(number)}"
    command = spec.command[0] if spec.command else ""
    match step:
        case "command":
            code = _NOT_FOUND if number in {numbers.ENOENT, numbers.ENOTDIR} else _CANNOT_EXECUTE
            note = _command_note(number, spec, script_without_interpreter=script_without_interpreter)
            return _refused(f"{words}: {command!r}{note}", code)
        case "directory":
            return _refused(f"{words}: {spec.working_directory!r} (the working directory)", _BEFORE_THE_COMMAND)
        case "user":
            return _refused(f"{words}: becoming the user {spec.user!r}", _BEFORE_THE_COMMAND)
        case _:
            return _refused(f"{words}: setting the {step} of {command!r}", _BEFORE_THE_COMMAND)


def _command_note(number: int, spec: RunSpec, *, script_without_interpreter: bool) -> str:
    if script_without_interpreter:
        return " (the file is there: what its first line or its header names as interpreter is not)"
    if number == numbers.ENOENT and "/" not in spec.command[0]:
        return f" (looked for in PATH={program_environment(spec, home='')['PATH']})"
    if number == numbers.ENOEXEC:
        return " (neither a program for this machine nor a script that begins with #!)"
    return ""


def _refused(message: str, exit_code: int | None) -> LaunchRefusedError:
    return LaunchRefusedError(message, reason=FailureReason.LAUNCH_REFUSED, exit_code=exit_code)


def program_environment(spec: RunSpec, *, home: str) -> dict[str, str]:
    """Return the program's whole environment: the job's own over a small base, and nothing of the worker's."""
    return {"PATH": DEFAULT_PATH, "HOME": home, "LANG": "C.UTF-8", **spec.environment}


def limits_of(spec: RunSpec) -> Limits:
    """Return the limits that the job asks for."""
    memory = None if spec.memory_limit_mb is None else spec.memory_limit_mb * MEGABYTE
    return Limits(memory_bytes=memory, cpus=spec.cpu_limit, pids=spec.hardening.pids_limit)


def order_items(
    spec: RunSpec, *, directory: str, scratch: str, groups: Sequence[str], identity: Identity | None
) -> list[tuple[str, str]]:
    """Return what the shim is told, all but the lock."""
    items = [("directory", directory), ("working_directory", spec.working_directory or scratch)]
    items += [("argument", argument) for argument in spec.command]
    items += [("variable", f"{name}={value}") for name, value in program_environment(spec, home=scratch).items()]
    items += [("cgroup", group) for group in groups]
    if spec.stop_signal is not None:
        items.append(("stop_signal", str(signal_number(spec.stop_signal))))
    if spec.memory_limit_mb is not None and not groups:
        limit = spec.memory_limit_mb * MEGABYTE
        items.append(("rlimit", f"{resource.RLIMIT_AS}:{limit}:{limit}"))
    items += [("rlimit", f"{RLIMITS[limit.name]}:{limit.soft}:{limit.hard}") for limit in spec.resources.ulimits]
    if identity is not None:
        items += [("uid", str(identity.uid)), ("gid", str(identity.gid))]
        items += [("group", str(group)) for group in identity.groups]
    return items


def key_of(name: str) -> AttemptKey | None:
    """Return the attempt that has this name, ``None`` for a name that no attempt has."""
    prefix, _, rest = name.partition("-")
    parts = rest.rsplit("-", 2)
    if prefix != "sickbay" or len(parts) != 3 or not (parts[1].isdecimal() and parts[2].isdecimal()):
        return None
    key = AttemptKey(installation=parts[0], job_id=int(parts[1]), number=int(parts[2]))
    return key if key.name == name and "/" not in name else None


def exited(outcome: Mapping[str, str]) -> Exited:
    """Return what the shim recorded at the end."""
    usage = _usage(outcome)
    return Exited(
        exit_code=int(outcome["exit_code"]),
        signal=int(outcome["signal"]) if "signal" in outcome else None,
        oom_killed=bool(usage.oom_kills),
        started_at=moment(int(outcome["started_ns"])),
        finished_at=moment(int(outcome["finished_ns"])),
        usage=usage,
    )


def sample_of(figures: Mapping[str, int]) -> Sample | None:
    """Return what a pass over the kernel's figures says of one attempt, ``None`` where it says nothing."""
    if not figures:
        return None
    nanoseconds = figures.get("cpu_nanoseconds")
    return Sample(
        memory_bytes=figures.get("memory_bytes"),
        cpu_seconds=None if nanoseconds is None else nanoseconds / 1e9,
        pids=figures.get("pids"),
    )


def _usage(outcome: Mapping[str, str]) -> Usage:
    counted = {key.removeprefix("group_"): int(value) for key, value in outcome.items() if key.startswith("group_")}
    if "peak_memory_bytes" in counted:
        throttled = counted.get("throttled_nanoseconds")
        return Usage(
            peak_memory_bytes=counted["peak_memory_bytes"],
            cpu_seconds=counted.get("cpu_nanoseconds", int(outcome["rusage_nanoseconds"])) / 1e9,
            oom_kills=counted.get("oom_kills"),
            throttled_seconds=None if throttled is None else throttled / 1e9,
            throttled_periods=counted.get("throttled_periods"),
            cpu_periods=counted.get("cpu_periods"),
            io_read_bytes=counted.get("io_read_bytes"),
            io_write_bytes=counted.get("io_write_bytes"),
            pids_peak=counted.get("pids_peak"),
            source=UsageSource.EXACT,
        )
    # The kernel's own figure, but of the largest single process and not of all together: a peak that may be higher.
    return Usage(
        peak_memory_bytes=int(outcome["max_rss_bytes"]),
        cpu_seconds=int(outcome["rusage_nanoseconds"]) / 1e9,
        source=UsageSource.SAMPLED,
    )
