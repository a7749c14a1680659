"""What a worker tells whoever watches it: one line when an attempt begins, one when it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from container_manager.lifecycle.machine import Transition
from container_manager.lifecycle.status import Status
from container_manager.services.claims import ClaimedAttempt
from container_manager.services.log_layout import Segment
from container_manager.services.recording_ends import Ending


class LineReporter:
    """Tells by single lines of text."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def started(self, claimed: ClaimedAttempt, *, again: bool) -> None:
        """Say that an attempt runs."""
        word = "goes on" if again else "started"
        self._write(f"{_title(claimed)} {word} on {claimed.host_name}: {claimed.spec.image}")

    def output(self, claimed: ClaimedAttempt, segments: Sequence[Segment]) -> None:
        """Say nothing: the log is stored, and `job_logs` shows it."""

    def ended(self, claimed: ClaimedAttempt, ending: Ending, result: Transition) -> None:
        """Say how it ended."""
        detail = ending.message.strip().splitlines()
        reason = f" ({result.reason})" if result.reason else ""
        what = "is to be tried again" if result.status is Status.PENDING else result.status
        self._write(f"{_title(claimed)} {what}{reason}" + (f": {detail[0]}" if detail else ""))


class QuietReporter:
    """Tells nothing."""

    def started(self, claimed: ClaimedAttempt, *, again: bool) -> None:
        """Say nothing."""

    def output(self, claimed: ClaimedAttempt, segments: Sequence[Segment]) -> None:
        """Say nothing."""

    def ended(self, claimed: ClaimedAttempt, ending: Ending, result: Transition) -> None:
        """Say nothing."""


def _title(claimed: ClaimedAttempt) -> str:
    name = f" {claimed.job_name}" if claimed.job_name else ""
    return f"job {claimed.lease.job_id}{name}"
