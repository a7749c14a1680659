"""What an attempt used, beside what it was allowed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ResourceUtilization:
    """Use and limits of one attempt. ``None`` means not measured, or no limit."""

    peak_memory_mb: float | None
    memory_limit_mb: int | None
    cpu_seconds: float | None
    cpu_limit: float | None
    run_seconds: float | None

    @property
    def memory_percent(self) -> float | None:
        """The peak in percent of the limit."""
        if self.peak_memory_mb is None or self.memory_limit_mb is None:
            return None
        return round(100 * self.peak_memory_mb / self.memory_limit_mb, 1)

    @property
    def average_cores(self) -> float | None:
        """The cores it kept busy on average."""
        if self.cpu_seconds is None or not self.run_seconds:
            return None
        return round(self.cpu_seconds / self.run_seconds, 3)
