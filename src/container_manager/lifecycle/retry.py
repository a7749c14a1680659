"""Whether a failed attempt is tried again, when, and with how much memory. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from container_manager.lifecycle.status import FailureReason

#: Reasons that another try can mend by itself. A refused launch, an unsupported request, and a cancellation cannot.
DEFAULT_RETRIED = frozenset({FailureReason.HOST_UNAVAILABLE, FailureReason.LOST})

#: What a policy may name at all: nothing is retried that cannot succeed.
RETRIABLE = frozenset(
    {
        FailureReason.EXIT_CODE,
        FailureReason.SIGNAL,
        FailureReason.OOM,
        FailureReason.TIMEOUT,
        FailureReason.STOPPED_EXTERNALLY,
        FailureReason.IMAGE,
        FailureReason.HOST_UNAVAILABLE,
        FailureReason.LOST,
    }
)


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """When another attempt is made. ``max_attempts`` counts the first one too; 1 means: never again.

    ``exit_codes`` narrows ``exit_code`` to these codes; empty means any. The pause before attempt *n* + 1 is
    ``backoff_seconds`` * ``backoff_factor`` ** (*n* - 1), at most ``max_backoff_seconds``, less a random share of up to
    ``jitter`` of itself. After an OOM kill the memory limit is multiplied by ``oom_memory_factor``, up to
    ``oom_memory_limit_mb``.
    """

    max_attempts: int = 1
    reasons: frozenset[FailureReason] = DEFAULT_RETRIED
    exit_codes: frozenset[int] = field(default_factory=frozenset)
    backoff_seconds: float = 10.0
    backoff_factor: float = 2.0
    max_backoff_seconds: float = 3600.0
    jitter: float = 0.25
    oom_memory_factor: float = 1.0
    oom_memory_limit_mb: int | None = None

    @classmethod
    def of(cls, stored: Mapping[str, object]) -> RetryPolicy:
        """Return the policy as it was stored with a job."""
        known = dict(stored)
        for name, kind in (("reasons", FailureReason), ("exit_codes", int)):
            if isinstance(values := known.get(name), list):
                known[name] = frozenset(kind(value) for value in values)
        return cls(**known)  # type: ignore[arg-type]  # written by us, from a checked policy

    def stored(self) -> dict[str, object]:
        """Return plain JSON values."""
        plain: dict[str, object] = dict(vars(self))
        return plain | {"reasons": sorted(self.reasons), "exit_codes": sorted(self.exit_codes)}
