"""Checking by which signal a job asks to be stopped."""

from __future__ import annotations

from typing import Final

from container_manager.validation.plain_values import kind_of, shown
from container_manager.validation.problems import Problems, did_you_mean

#: signal(7) on Linux, by number; those that no program can catch or that do not end one are left out.
STOP_SIGNALS: Final = {
    "SIGHUP": 1,
    "SIGINT": 2,
    "SIGQUIT": 3,
    "SIGABRT": 6,
    "SIGKILL": 9,
    "SIGUSR1": 10,
    "SIGUSR2": 12,
    "SIGALRM": 14,
    "SIGTERM": 15,
    "SIGIO": 29,
    "SIGPWR": 30,
    "SIGWINCH": 28,
}
_REAL_TIME: Final = {f"SIGRTMIN+{number}" if number else "SIGRTMIN": 34 + number for number in range(16)}


def check_stop_signal(value: object, problems: Problems) -> str | None:
    """Return the signal's whole name, ``None`` for the image's own (``SIGTERM`` where that names none)."""
    if value is None or value == "":
        return None
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        problems.add("stop_signal", f"must be a signal's name, not {kind_of(value)}.", "Write for example 'SIGINT'.")
        return None
    known = {**STOP_SIGNALS, **_REAL_TIME}
    text = str(value).strip().upper()
    if text.isdecimal():
        name = next((name for name, number in known.items() if str(number) == text), "")
    else:
        name = text if text.startswith("SIG") else f"SIG{text}"
    if name in known:
        return name
    fix = did_you_mean(name[:50], known, otherwise=f"There are {', '.join(STOP_SIGNALS)}, and SIGRTMIN+1 and so on.")
    problems.add("stop_signal", f"{shown(str(value))} is no signal that stops a program.", fix)
    return None


def signal_number(name: str) -> int:
    """Return the number of a checked signal on Linux."""
    return {**STOP_SIGNALS, **_REAL_TIME}[name]
