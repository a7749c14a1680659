"""Whether what a job waits for has come, may come, or can never come. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from container_manager.scheduling.policy import After


class Prospect(StrEnum):
    """How a dependency stands."""

    MET = "met"
    OPEN = "open"
    """It may be met later."""
    IMPOSSIBLE = "impossible"
    """It can never be met."""


@dataclass(frozen=True, kw_only=True)
class Ends:
    """What is known of the ends of one job, or of an array's jobs: whether there is one of each kind."""

    any_open: bool = False
    any_failed: bool = False
    """Failed, or stopped at a time limit."""
    any_cancelled: bool = False


def prospect(after: After, ends: Ends) -> Prospect:
    """Say how a dependency on these jobs stands.

    An array succeeded when all of its jobs completed, and failed when all are over and one of them failed. That it
    cannot succeed any more is known with its first job that does not complete.
    """
    if after is After.SUCCESS and (ends.any_failed or ends.any_cancelled):
        return Prospect.IMPOSSIBLE
    if ends.any_open:
        return Prospect.OPEN
    if after is After.FAILURE and not ends.any_failed:
        return Prospect.IMPOSSIBLE
    return Prospect.MET


def overall(prospects: Iterable[Prospect]) -> Prospect:
    """Say how a job stands that waits for all of these."""
    found = set(prospects)
    if Prospect.IMPOSSIBLE in found:
        return Prospect.IMPOSSIBLE
    return Prospect.OPEN if Prospect.OPEN in found else Prospect.MET
