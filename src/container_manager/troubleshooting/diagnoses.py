"""Making and storing the diagnosis of an attempt."""

from __future__ import annotations


def diagnose_attempt(attempt_id: int) -> None:
    """Diagnose an attempt that ended badly and store the answer. Asking again replaces it; one that ended well gets none."""
