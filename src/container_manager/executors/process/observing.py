"""What this machine says of one attempt. Blocking, for a thread."""

from __future__ import annotations

from container_manager.executors.base import Lost, Observation, Prepared, Running
from container_manager.executors.process import translate
from container_manager.executors.process.directory import AttemptDirectory
from container_manager.executors.process.leftovers import end_leftovers, is_same_boot


def observe(directory: AttemptDirectory) -> Observation:
    """Say how the attempt stands. Where its shim was killed, what that left running is ended first."""
    outcome = directory.outcome()
    held = not outcome and directory.is_held()
    started = directory.started()
    if held:
        # What is recorded and has not begun may still be refused: its launcher has the answer.
        is_running = started and directory.has_begun()
        return Running(started_at=translate.moment(int(started["started_ns"]))) if is_running else Prepared()
    outcome = outcome or directory.outcome()  # a shim may have ended well between the first look and the lock
    if outcome:
        return translate.exited(outcome)
    if not directory.exists():
        return Lost(detail=f"this machine holds no attempt called {directory.name}")
    if not started:
        return Prepared()
    if not is_same_boot(started):
        return Lost(detail="the machine was restarted while it ran")
    end_leftovers(directory)
    complaint = directory.complaint()
    detail = f"its supervisor (process {started['shim_pid']}) ended without recording an outcome"
    return Lost(detail=f"{detail}: {complaint}" if complaint else detail)
