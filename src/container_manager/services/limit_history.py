"""What the runs of the same job, or of the same image, have used, and which limits follow from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from container_manager.models import Attempt
from container_manager.scheduling.advice import CpuAdvice, MemoryAdvice, Run, advise_cpu, advise_memory

#: The newest runs of each group that are looked at.
MOST_RUNS = 200

#: Attempts that are gone through for all groups together.
MOST_ATTEMPTS = 20_000


@dataclass(frozen=True, kw_only=True)
class LimitAdvice:
    """Limits for one group of jobs: those of one name or, where they have none, of one image."""

    name: str
    image: str
    memory: MemoryAdvice
    cpu: CpuAdvice
    memory_limit_mb: int | None
    """The present limit: the newest run's."""
    cpu_limit: float | None


def advise_limits(*, name: str = "", image: str = "", since: datetime | None = None) -> Sequence[LimitAdvice]:
    """Return advice for each job name, or for one name, or for all jobs of one image together.

    Looks at the newest runs that are over. Groups are sorted by their name and image.
    """
    attempts = Attempt.objects.filter(ended_at__isnull=False, finished_at__isnull=False).select_related("job")
    if name:
        attempts = attempts.filter(job__name=name)
    if image:
        attempts = attempts.filter(job__image=image)
    if since is not None:
        attempts = attempts.filter(ended_at__gte=since)
    groups: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts.defer("usage_series").order_by("-pk")[:MOST_ATTEMPTS]:
        job = attempt.job
        key = ("", job.image) if image or not job.name else (job.name, "")
        if len(groups[key]) < MOST_RUNS:
            groups[key].append(attempt)
    return [_advice(*key, groups[key]) for key in sorted(groups)]


def _advice(name: str, image: str, attempts: Sequence[Attempt]) -> LimitAdvice:
    runs = [_run(attempt) for attempt in attempts]
    return LimitAdvice(
        name=name,
        image=image,
        memory=advise_memory(runs),
        cpu=advise_cpu(runs),
        memory_limit_mb=runs[0].memory_limit_mb,
        cpu_limit=runs[0].cpu_limit,
    )


def _run(attempt: Attempt) -> Run:
    seconds = attempt.duration
    return Run(
        peak_memory_bytes=attempt.peak_memory_bytes,
        memory_limit_mb=attempt.memory_limit_mb or attempt.job.memory_limit,
        memory_killed=attempt.oom_killed,
        cpu_seconds=attempt.cpu_seconds,
        run_seconds=None if seconds is None else seconds.total_seconds(),
        cpu_limit=attempt.job.cpu_limit,
        throttled_periods=attempt.throttled_periods,
        cpu_periods=attempt.cpu_periods,
        is_exact=attempt.usage_source == "exact",
    )
