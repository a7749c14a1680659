"""Which limits to give a job, from what its runs have used. Pure.

Memory: the largest peak and some headroom. More headroom where the peaks spread, or are only sampled. Where runs were
killed at the limit their peak *is* the limit and says nothing about what they needed: the proposal is then half as much
again as the largest limit that did not do, and nobody can be sure of it.

Processors: what nine in ten runs keep busy on average, and some headroom; at least the present limit, raised by the
share of time held back, where that share is worth it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

FEWEST_RUNS = 3
MB = 1024 * 1024

_MANY_RUNS = 20
_SOME_RUNS = 8

_HEADROOM = 1.2
_SAMPLED_HEADROOM = 1.4
_SPREAD_HEADROOM = 1.5
#: The largest peak in multiples of the middle one, from which on peaks are said to spread.
_WIDE_SPREAD = 2.0
_AFTER_KILLS = 1.5
_STEP_MB = 16
_LEAST_MB = 16

_CPU_HEADROOM = 1.25
_CPU_STEP = 0.1
#: Being held back in fewer periods than this is no reason to raise a limit.
_WORTHWHILE_THROTTLING = 0.05
#: Shorter runs say nothing about how busy a program keeps processors.
_SHORTEST_SECONDS = 1.0


class Certainty(StrEnum):
    """How sure a proposal is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NOT_ENOUGH_RUNS = "not enough runs"


_ORDER = (Certainty.NOT_ENOUGH_RUNS, Certainty.LOW, Certainty.MEDIUM, Certainty.HIGH)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One attempt that is over. ``None`` means not measured, or no limit."""

    peak_memory_bytes: int | None = None
    memory_limit_mb: int | None = None
    memory_killed: bool = False
    cpu_seconds: float | None = None
    run_seconds: float | None = None
    cpu_limit: float | None = None
    throttled_periods: int | None = None
    cpu_periods: int | None = None
    is_exact: bool = False


@dataclass(frozen=True, kw_only=True)
class MemoryAdvice:
    """A memory limit. ``reasons`` says what it rests on, and what makes it less sure."""

    certainty: Certainty
    runs: int
    limit_mb: int | None = None
    largest_peak_mb: float | None = None
    median_peak_mb: float | None = None
    kills: int = 0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CpuAdvice:
    """A CPU limit, in cores."""

    certainty: Certainty
    runs: int
    limit_cores: float | None = None
    busy_cores: float | None = None
    """What nine in ten runs kept busy at most, on average over their time."""
    throttled_share: float | None = None
    """The share of the limit's periods in which a run was held back, over all runs that had a limit."""
    reasons: tuple[str, ...] = ()


def advise_memory(runs: Sequence[Run]) -> MemoryAdvice:
    """Propose a memory limit."""
    killed = [run for run in runs if run.memory_killed]
    measured = [run for run in runs if run.peak_memory_bytes is not None and not run.memory_killed]
    peaks = sorted((run.peak_memory_bytes or 0) / MB for run in measured)
    known = {"runs": len(measured) + len(killed), "kills": len(killed)}
    if len(measured) + len(killed) < FEWEST_RUNS:
        reason = f"{len(measured) + len(killed)} of the {FEWEST_RUNS} runs that it takes"
        return MemoryAdvice(certainty=Certainty.NOT_ENOUGH_RUNS, reasons=(reason,), **known)
    certainty, reasons = _by_number(len(measured)), []
    headroom = _HEADROOM
    if not all(run.is_exact for run in measured):
        headroom, certainty = _SAMPLED_HEADROOM, _less(certainty)
        reasons.append("some peaks are only sampled, and may have been higher")
    if peaks and peaks[-1] > _WIDE_SPREAD * median(peaks):
        headroom, certainty = max(headroom, _SPREAD_HEADROOM), _less(certainty)
        reasons.append("the largest peak is far above the middle one")
    needed = peaks[-1] * headroom if peaks else 0.0
    if killed:
        certainty = Certainty.LOW
        tried = max((run.memory_limit_mb or 0 for run in killed), default=0)
        tried = max(tried, *(round((run.peak_memory_bytes or 0) / MB) for run in killed))
        needed = max(needed, tried * _AFTER_KILLS)
        reasons.append(f"{len(killed)} runs were killed at their limit, so what they needed is not known")
    return MemoryAdvice(
        certainty=certainty,
        limit_mb=max(_LEAST_MB, math.ceil(needed / _STEP_MB) * _STEP_MB),
        largest_peak_mb=round(peaks[-1], 1) if peaks else None,
        median_peak_mb=round(median(peaks), 1) if peaks else None,
        reasons=tuple(reasons),
        **known,
    )


def advise_cpu(runs: Sequence[Run]) -> CpuAdvice:
    """Propose a CPU limit."""
    measured = [run for run in runs if run.cpu_seconds is not None and (run.run_seconds or 0) >= _SHORTEST_SECONDS]
    if len(measured) < FEWEST_RUNS:
        reason = f"{len(measured)} of the {FEWEST_RUNS} runs of a second or more that it takes"
        return CpuAdvice(certainty=Certainty.NOT_ENOUGH_RUNS, runs=len(measured), reasons=(reason,))
    cores = sorted((run.cpu_seconds or 0) / (run.run_seconds or 1) for run in measured)
    busy = cores[math.ceil(0.9 * len(cores)) - 1]
    certainty, reasons = _by_number(len(measured)), []
    if cores[-1] > _WIDE_SPREAD * max(median(cores), 0.01):
        certainty = _less(certainty)
        reasons.append("the busiest run is far above the middle one")
    share = _throttled_share(measured)
    limits = [run.cpu_limit for run in measured if run.cpu_limit is not None]
    needed = busy * _CPU_HEADROOM
    if share is not None and share > _WORTHWHILE_THROTTLING and limits:
        needed = max(needed, max(limits) * (1 + share))
        certainty = _less(certainty)
        reasons.append(f"held back in {share:.0%} of the periods, so what they would have used is not known")
    elif limits and share is None:
        reasons.append("whether the limit held them back was not measured")
    return CpuAdvice(
        certainty=certainty,
        runs=len(measured),
        limit_cores=round(max(_CPU_STEP, math.ceil(round(needed / _CPU_STEP, 6)) * _CPU_STEP), 2),
        busy_cores=round(busy, 2),
        throttled_share=None if share is None else round(share, 3),
        reasons=tuple(reasons),
    )


def _throttled_share(runs: Sequence[Run]) -> float | None:
    limited = [run for run in runs if run.cpu_periods and run.throttled_periods is not None]
    periods = sum(run.cpu_periods or 0 for run in limited)
    return sum(run.throttled_periods or 0 for run in limited) / periods if periods else None


def _by_number(runs: int) -> Certainty:
    if runs >= _MANY_RUNS:
        return Certainty.HIGH
    return Certainty.MEDIUM if runs >= _SOME_RUNS else Certainty.LOW


def _less(certainty: Certainty) -> Certainty:
    return _ORDER[max(1, _ORDER.index(certainty) - 1)]
