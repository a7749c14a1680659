"""The lines of a log as a plain text: numbered, evidence marked, gaps counted."""

from __future__ import annotations

from collections.abc import Iterator

from sickbay.reports.characters import counted
from sickbay.reports.issue import Log


def numbered(log: Log) -> Iterator[str]:
    """Yield the shown lines with their numbers, evidence marked by ``>``, and how many are left out between them."""
    width = max((len(str(line.number)) for part in log.parts for line in part.lines), default=1)
    for part in log.parts:
        if part.left_out:
            yield gap(part.left_out)
        for line in part.lines:
            yield f"{'>' if line.is_evidence else ' '} {line.number:>{width}} | {line.text}".rstrip()
    if log.left_out_after:
        yield gap(log.left_out_after)


def gap(left_out: int) -> str:
    """Return what stands for lines that are not shown."""
    return f"… {counted(left_out, 'line')} left out …"


def amount(log: Log) -> str:
    """Return how much of a text is shown: ``40 of 1,200 lines``."""
    whole = counted(log.line_count, "line")
    return whole if log.shown == log.line_count else f"{log.shown:,} of {whole}"
