"""Landlock: this process, and all that it starts, can write nowhere but in one folder. It cannot be taken back.

The layer covers the three system calls and their versions (ABI) from 1 on. What an older one does not know, it cannot
refuse: the other half of the confinement, ``syscalls.py``, is told which version there is.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterable
from pathlib import Path

from sickbay.safety.kernel import PR_SET_NO_NEW_PRIVS, address, prctl, system_call

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH, _NET_PORT = 1, 2

_WRITE_FILE = 1 << 1
_REFER, _TRUNCATE, _IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
#: Removing files and folders, and making every kind of them.
_TREE = sum(1 << bit for bit in range(4, 13))
_BIND, _CONNECT = 1 << 0, 1 << 1
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1 << 0, 1 << 1

#: From these versions on connections, and signals, are covered.
NETWORK_VERSION = 4
SCOPE_VERSION = 6


class LandlockMissingError(OSError):
    """This kernel does not enforce it."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


class _Port(ctypes.Structure):
    _fields_ = (("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64))


def landlock_version() -> int:
    """Return the version that the kernel enforces, or 0 where it enforces none."""
    try:
        return system_call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError as error:
        if error.errno in {errno.ENOSYS, errno.EOPNOTSUPP}:
            return 0
        raise


def confine_writes(writable: Path, *, ports: Iterable[int] = ()) -> None:
    """Confine this thread and all it starts: reading stays as it is, writing is possible below ``writable`` alone.

    TCP connections are possible to ``ports`` alone. Raises :class:`LandlockMissingError` where the kernel does not
    enforce this; then nothing has changed.
    """
    version = landlock_version()
    if not version:
        raise LandlockMissingError(errno.ENOSYS, "this kernel does not enforce Landlock")
    files = _changing_rights(version)
    ruleset = _create(version, files)
    try:
        _allow_beneath(ruleset, writable, files)
        _allow_beneath(ruleset, Path("/dev/null"), _WRITE_FILE | (_TRUNCATE & files))
        if version >= NETWORK_VERSION:
            for port in ports:
                rule = _Port(_CONNECT, port)
                system_call(_ADD_RULE, ruleset, _NET_PORT, address(rule), 0)
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        system_call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _changing_rights(version: int) -> int:
    rights = _WRITE_FILE | _TREE
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEVICE)):
        rights |= right if version >= since else 0
    return rights


def _create(version: int, files: int) -> int:
    ruleset = _Ruleset(
        files,
        _BIND | _CONNECT if version >= NETWORK_VERSION else 0,
        _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS if version >= SCOPE_VERSION else 0,
    )
    known = 8 if version < NETWORK_VERSION else 16 if version < SCOPE_VERSION else 24
    return system_call(_CREATE_RULESET, address(ruleset), known, 0)


def _allow_beneath(ruleset: int, path: Path, rights: int) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _Beneath(rights, opened)
        system_call(_ADD_RULE, ruleset, _PATH_BENEATH, address(rule), 0)
    finally:
        os.close(opened)
