"""The state of a container, asked with the engine's own client."""

from __future__ import annotations

from sickbay.guides.engine_client import engine_says
from sickbay.guides.function_parts import WELL, WRONG, answer, failed


def is_running(*, container: str) -> int:
    """Print a container's status: 0 where it runs, 1 where it does not, 2 where nobody can tell."""
    try:
        status = engine_says("inspect", "--format", "{{.State.Status}}", container)
    except OSError as error:
        return failed(error)
    return answer(f"{container} is {status}", WELL if status == "running" else WRONG)
