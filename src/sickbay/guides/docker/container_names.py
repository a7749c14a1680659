"""Whether a name is free for a container, and what holds it."""

from __future__ import annotations

from sickbay.guides.engine_client import ask_engine
from sickbay.guides.function_parts import answer, failed


def judge_name(container: str) -> int:
    """Print ``free``, or ``held`` and the state of the container that has the name. Returns 2 without an engine."""
    try:
        done = ask_engine("container", "inspect", "--format", "{{.State.Status}}", container)
    except OSError as error:
        return failed(error)
    if done.returncode == 0:
        return answer(f"held {done.stdout.strip()}")
    return answer("free") if "no such container" in done.stderr.lower() else failed(done.stderr)
