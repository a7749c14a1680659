"""Checking what a job relaxes of the safe defaults, and whom it runs as."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set

from container_manager.runspec.profiles import check_allow_unconfined, check_apparmor, check_seccomp
from container_manager.runspec.spec import DEFAULT_PIDS_LIMIT, Hardening
from container_manager.validation.plain_values import NumberRange, check_switch, check_text, check_whole, kind_of
from container_manager.validation.problems import Problems, did_you_mean

_PIDS = NumberRange(least=1, most=4_194_304, unit="processes", example=str(DEFAULT_PIDS_LIMIT))
_NETWORK = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_ACCOUNT = r"[a-zA-Z0-9_][a-zA-Z0-9_.-]*\$?"
_USER = re.compile(rf"{_ACCOUNT}(:{_ACCOUNT})?")

#: capabilities(7), without the prefix.
CAPABILITIES = frozenset(
    {
        "AUDIT_CONTROL",
        "AUDIT_READ",
        "AUDIT_WRITE",
        "BLOCK_SUSPEND",
        "BPF",
        "CHECKPOINT_RESTORE",
        "CHOWN",
        "DAC_OVERRIDE",
        "DAC_READ_SEARCH",
        "FOWNER",
        "FSETID",
        "IPC_LOCK",
        "IPC_OWNER",
        "KILL",
        "LEASE",
        "LINUX_IMMUTABLE",
        "MAC_ADMIN",
        "MAC_OVERRIDE",
        "MKNOD",
        "NET_ADMIN",
        "NET_BIND_SERVICE",
        "NET_BROADCAST",
        "NET_RAW",
        "PERFMON",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYSLOG",
        "SYS_ADMIN",
        "SYS_BOOT",
        "SYS_CHROOT",
        "SYS_MODULE",
        "SYS_NICE",
        "SYS_PACCT",
        "SYS_PTRACE",
        "SYS_RAWIO",
        "SYS_RESOURCE",
        "SYS_TIME",
        "SYS_TTY_CONFIG",
        "WAKE_ALARM",
    }
)


def check_hardening(fields: Mapping[str, object], problems: Problems) -> Hardening:
    """Return the safe defaults as far as this request keeps them."""
    pids = check_whole("pids_limit", fields.get("pids_limit"), problems, _PIDS)
    added = _check_capabilities("add_capabilities", fields.get("add_capabilities"), problems)
    dropped = _check_capabilities("drop_capabilities", fields.get("drop_capabilities"), problems)
    if both := sorted({*added} & {*dropped}):
        problems.add("drop_capabilities", f"names {both[0]!r}, which add_capabilities adds.", "Name it once.")
    check_allow_unconfined(fields, problems)
    return Hardening(
        add_capabilities=added,
        drop_capabilities=dropped,
        seccomp_profile=check_seccomp(fields, problems),
        apparmor_profile=check_apparmor(fields, problems),
        allow_new_privileges=check_switch(
            "allow_new_privileges", fields.get("allow_new_privileges"), problems, default=False
        ),
        pids_limit=DEFAULT_PIDS_LIMIT if pids is None else pids,
        init=check_switch("init", fields.get("init"), problems, default=True),
        read_only_root=check_switch("read_only_root", fields.get("read_only_root"), problems, default=False),
    )


def check_network(value: object, problems: Problems) -> str | None:
    """Return the network's name, ``None`` for the platform's default."""
    network = check_text("network", value, problems, example="'none'", longest=200)
    if network and not _NETWORK.fullmatch(network):
        problems.add(
            "network", f"{network!r} is no network's name.", "Write 'none', or the name of a network on the host."
        )
    return network or None


def check_user(value: object, problems: Problems) -> str | None:
    """Return whom to run as, ``None`` for the image's own user."""
    user = check_text("user", value, problems, example="'1000:1000'", longest=200)
    if user and not _USER.fullmatch(user):
        problems.add(
            "user", f"{user!r} is neither a user nor user:group.", "Write names or numbers, for example '1000:1000'."
        )
    return user or None


def _check_capabilities(field: str, value: object, problems: Problems) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, (Sequence, Set)):
        problems.add(field, f"must be a list of names, not {kind_of(value)}.", "Write ['NET_ADMIN'].")
        return ()
    names: set[str] = set()
    for name in value:
        names |= _check_capability(field, name, problems)
    return tuple(sorted(names))


def _check_capability(field: str, value: object, problems: Problems) -> Set[str]:
    if not isinstance(value, str):
        problems.add(field, f"must hold names, not {kind_of(value)}.", "Write ['NET_ADMIN'].")
        return frozenset()
    name = value.upper().removeprefix("CAP_")
    if name in CAPABILITIES:
        return {name}
    if name != "ALL":
        fix = did_you_mean(name[:100], CAPABILITIES, otherwise="capabilities(7) has the names.")
        problems.add(field, f"{value[:100]!r} is no capability.", fix)
    elif field == "drop_capabilities":
        return {"ALL"}
    else:
        problems.add(field, "'ALL' would undo the isolation.", "Name the few that the job needs.")
    return frozenset()
