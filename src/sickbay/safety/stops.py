"""When a session stops by itself: the machine becomes unstable, data looks corrupt, or somebody has broken in. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

LEAST_DISK_FREE = 0.02
MOST_MEMORY_PRESSURE = 40.0
MOST_LOAD_PER_CPU = 16.0
ERROR_GROWTH = 3.0
ERROR_GROWTH_AT_LEAST = 5.0


class Tag(StrEnum):
    """What a signature says about a line, beyond its cause."""

    CORRUPTION = "corruption"
    SECURITY = "security"


class StopCause(StrEnum):
    """Why nothing more may be done."""

    DISK = "disk"
    MEMORY = "memory"
    LOAD = "load"
    ENGINE = "engine"
    ERRORS = "errors"
    CORRUPTION = "corruption"
    SECURITY = "security"


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A line with a tag that was taken in. ``says`` names the signature and holds the line."""

    tag: Tag
    says: str


@dataclass(frozen=True, kw_only=True)
class Readings:
    """The machine as it is now. ``None`` is what could not be read: that stops nothing, and is shown.

    ``disk_free`` is the part of the fullest disk that is free (0 to 1), ``memory_pressure`` the percentage of the last
    ten seconds in which everything waited for memory, ``load`` the runnable processes for each processor,
    ``errors`` the errors in a minute, ``alarms`` the lines that were taken in and say what must stop everything.
    """

    disk_free: float | None = None
    memory_pressure: float | None = None
    load: float | None = None
    engine_reachable: bool | None = None
    errors: float | None = None
    alarms: tuple[Alarm, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One reason to stop, in words."""

    cause: StopCause
    detail: str

    @property
    def is_breach(self) -> bool:
        """Whether somebody may have broken in: then a person takes over."""
        return self.cause is StopCause.SECURITY

    @property
    def freezes(self) -> bool:
        """Whether everything stays as it is for whoever looks next: not even what was done is taken back."""
        return self.cause in {StopCause.CORRUPTION, StopCause.SECURITY}


def reasons_to_stop(now: Readings, at_start: Readings) -> tuple[Stop, ...]:
    """Return every reason to stop, the gravest first; nothing where the session may go on."""
    return tuple(Stop(cause=cause, detail=detail) for cause, detail in _found(now, at_start))


def _found(now: Readings, at_start: Readings) -> Iterable[tuple[StopCause, str]]:
    said = {alarm.tag: alarm.says for alarm in reversed(now.alarms)}  # the first of each
    if Tag.SECURITY in said:
        yield StopCause.SECURITY, f"a line says that somebody may have broken in ({said[Tag.SECURITY]})"
    if Tag.CORRUPTION in said:
        yield StopCause.CORRUPTION, f"a line says that stored data may be damaged ({said[Tag.CORRUPTION]})"
    if now.disk_free is not None and _has_become_full(now.disk_free, at_start.disk_free):
        yield StopCause.DISK, f"{now.disk_free:.1%} of a disk is free"
    if now.memory_pressure is not None and _has_become_tight(now.memory_pressure, at_start.memory_pressure):
        yield StopCause.MEMORY, f"everything waited for memory {now.memory_pressure:.0f} % of the time"
    if now.load is not None and _has_become_busy(now.load, at_start.load):
        yield StopCause.LOAD, f"{now.load:.0f} processes want each processor"
    if now.engine_reachable is False and at_start.engine_reachable is not False:
        yield StopCause.ENGINE, "the engine has stopped answering"
    if _errors_rise(now.errors, at_start.errors):
        yield StopCause.ERRORS, f"{now.errors:.0f} errors a minute, {at_start.errors:.0f} when the session began"


def _has_become_full(now: float, at_start: float | None) -> bool:
    """What was so from the start is what the session is about; it stops the session only where it became worse."""
    was_so = at_start is not None and at_start < LEAST_DISK_FREE and now >= at_start / 2
    return now < LEAST_DISK_FREE and not was_so


def _has_become_tight(now: float, at_start: float | None) -> bool:
    was_so = at_start is not None and at_start > MOST_MEMORY_PRESSURE and now <= at_start + MOST_MEMORY_PRESSURE / 2
    return now > MOST_MEMORY_PRESSURE and not was_so


def _has_become_busy(now: float, at_start: float | None) -> bool:
    was_so = at_start is not None and at_start > MOST_LOAD_PER_CPU and now <= at_start * 1.5
    return now > MOST_LOAD_PER_CPU and not was_so


def _errors_rise(now: float | None, at_start: float | None) -> bool:
    if now is None or at_start is None:
        return False
    return now > max(at_start * ERROR_GROWTH, at_start + ERROR_GROWTH_AT_LEAST)
