"""Checking what a job asks to have mounted."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from container_manager.runspec.spec import Mount, MountKind
from container_manager.validation.plain_values import NumberRange, check_switch, check_text, check_whole, kind_of, shown
from container_manager.validation.problems import Problems, did_you_mean

_KEYS = ("kind", "source", "target", "read_only", "size_mb")
_EXAMPLE = "{'kind': 'bind', 'source': '/srv/in', 'target': '/in', 'read_only': True}"
_VOLUME_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_TMPFS_SIZE = NumberRange(least=1, most=2**31 - 1, unit="MB", example="64")


def check_mounts(value: object, problems: Problems) -> tuple[Mount, ...]:
    """Return the good mounts, in the order given."""
    if value is None:
        return ()
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
        problems.add("mounts", f"must be a list of mounts, not {kind_of(value)}.", f"Write [{_EXAMPLE}].")
        return ()
    found = (_check_mount(f"mounts[{index}]", mount, problems) for index, mount in enumerate(value))
    good: dict[str, Mount] = {}
    for index, mount in enumerate(found):
        if mount is None:
            continue
        if mount.target in good:
            problems.add(
                f"mounts[{index}].target", f"{mount.target!r} is mounted twice.", "Give each mount a target of its own."
            )
        good[mount.target] = mount
    return tuple(good.values())


def _check_mount(field: str, value: object, problems: Problems) -> Mount | None:
    given = asdict(value) if isinstance(value, Mount) else value
    if not isinstance(given, Mapping):
        problems.add(field, f"must be a dictionary, not {kind_of(value)}.", f"Write {_EXAMPLE}.")
        return None
    for key in given:
        if key not in _KEYS:
            near = key if isinstance(key, str) else ""
            fix = did_you_mean(near, _KEYS, otherwise=f"There are {', '.join(_KEYS)}.")
            problems.add(field, f"has an unknown key: {shown(key)}.", fix)
    kind = _check_kind(f"{field}.kind", given.get("kind"), problems)
    target = _check_target(f"{field}.target", given.get("target"), problems)
    read_only = check_switch(f"{field}.read_only", given.get("read_only"), problems, default=False)
    if kind is None:
        return None
    source = _check_source(f"{field}.source", given.get("source"), kind, problems)
    size_mb = _check_size(f"{field}.size_mb", given.get("size_mb"), kind, problems)
    if not target or (source is None and kind is not MountKind.TMPFS):
        return None
    return Mount(kind=kind, target=target, source=source, read_only=read_only, size_mb=size_mb)


def _check_kind(field: str, value: object, problems: Problems) -> MountKind | None:
    kinds = [kind.value for kind in MountKind]
    if isinstance(value, str) and value in kinds:
        return MountKind(value)
    message = "is missing." if value is None else f"{shown(value)} is no kind of mount."
    problems.add(field, message, f"Choose one of {', '.join(kinds)}.")
    return None


def _check_target(field: str, value: object, problems: Problems) -> str:
    path = _check_path(field, value, problems, example="'/in'", missing="Name the path inside the container.")
    if path == "/":
        problems.add(field, "is the container's root.", "Mount into a directory, for example '/in'.")
        return ""
    return path


def _check_path(field: str, value: object, problems: Problems, *, example: str, missing: str) -> str:
    if value is None or value == "":
        problems.add(field, "is missing.", missing)
        return ""
    path = check_text(field, value, problems, example=example, longest=4000)
    if path and not path.startswith("/"):
        problems.add(field, f"{path[:100]!r} is not absolute.", f"Write for example {example}.")
        return ""
    return "/" + posixpath.normpath(path).lstrip("/") if path else ""


def _check_source(field: str, value: object, kind: MountKind, problems: Problems) -> str | None:
    match kind:
        case MountKind.BIND:
            return (
                _check_path(field, value, problems, example="'/srv/in'", missing="Name the path on the host.") or None
            )
        case MountKind.VOLUME:
            return _check_volume(field, value, problems)
        case MountKind.TMPFS:
            if value is not None:
                problems.add(field, "has no meaning for a tmpfs, which begins empty.", "Leave it out.")
            return None


def _check_volume(field: str, value: object, problems: Problems) -> str | None:
    if value is None or value == "":
        problems.add(field, "is missing.", "Name the volume.")
        return None
    name = check_text(field, value, problems, example="'cache'", longest=255)
    if name.startswith("/"):
        problems.add(field, f"{name[:100]!r} is a path.", "Write 'kind': 'bind' to mount a path of the host.")
        return None
    if name and not _VOLUME_NAME.fullmatch(name):
        fix = "At least two letters, digits, '_', '.' and '-', the first a letter or a digit."
        problems.add(field, f"{name[:100]!r} is no volume's name.", fix)
        return None
    return name or None


def _check_size(field: str, value: object, kind: MountKind, problems: Problems) -> int | None:
    if value is not None and kind is not MountKind.TMPFS:
        problems.add(field, f"has no meaning for a mount of kind {kind.value}.", "Leave it out; it bounds a tmpfs.")
        return None
    return check_whole(field, value, problems, _TMPFS_SIZE)
