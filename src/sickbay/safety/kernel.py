"""Calling the kernel where Python has no function for it."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def system_call(number: int, *arguments: int | ctypes.c_void_p | None) -> int:
    """Make a system call. Raises ``OSError`` with the kernel's number."""
    function: Callable[..., int] = _library().syscall
    return _checked(function(ctypes.c_long(number), *map(_wide, arguments)))


def prctl(option: int, second: int | ctypes.c_void_p = 0, third: int | ctypes.c_void_p = 0) -> int:
    """Change what the kernel holds of this process. Raises ``OSError``."""
    function: Callable[..., int] = _library().prctl
    return _checked(function(ctypes.c_int(option), *map(_wide, (second, third, 0, 0))))


def address(value: ctypes.Structure | ctypes.Array[ctypes.c_char]) -> ctypes.c_void_p:
    """Return where a value lies in memory; the caller keeps it alive."""
    return ctypes.cast(ctypes.pointer(value), ctypes.c_void_p)


def _wide(value: int | ctypes.c_void_p | None) -> ctypes.c_void_p | ctypes.c_long | None:
    return ctypes.c_long(value) if isinstance(value, int) else value


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
