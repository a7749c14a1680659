"""Capabilities: what root may do beyond others, given up for good."""

from __future__ import annotations

import contextlib
import ctypes
from pathlib import Path

from sickbay.safety.kernel import PR_CAPBSET_DROP, address, prctl, system_call
from sickbay.safety.syscalls import machine_number

READ_ANY_FILE = 2
"""Reading every file and folder, whoever owns it (``CAP_DAC_READ_SEARCH``)."""

_VERSION_3 = 0x20080522
_CAPSET = (126, 91)
_HIGHEST = Path("/proc/sys/kernel/cap_last_cap")


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("process", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = tuple(
        (f"{name}_{half}", ctypes.c_uint32)
        for half in ("low", "high")
        for name in ("effective", "permitted", "inheritable")
    )


def effective_capabilities() -> int:
    """Return what this process may do, as a set of bits."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("CapEff:")[1].split()[0], 16)


def keep_capabilities(kept: int) -> None:
    """Give up every capability but those of ``kept``, in this thread and all it starts. Raises ``OSError``."""
    for number in range(int(_HIGHEST.read_text()) + 1):
        if not kept >> number & 1:
            with contextlib.suppress(PermissionError):  # without the right to, the set below is small already
                prctl(PR_CAPBSET_DROP, number)
    low = kept & effective_capabilities() & 0xFFFFFFFF
    system_call(machine_number(_CAPSET), address(_Header(_VERSION_3, 0)), address(_Sets(low, low, 0, 0, 0, 0)))
