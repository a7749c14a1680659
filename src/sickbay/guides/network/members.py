"""Which containers take part in which network of the engine, asked with the engine's own client."""

from __future__ import annotations

from sickbay.guides.engine_client import engine_says
from sickbay.guides.function_parts import WELL, WRONG, answer, failed

_NAMES = "{{range .Containers}}{{println .Name}}{{end}}"


def is_member(*, network: str, container: str) -> int:
    """Print whether a running container takes part in a network: 0 it does, 1 it does not, 2 nobody can tell."""
    try:
        member = container in engine_says("network", "inspect", "--format", _NAMES, network).split()
    except OSError as error:
        return failed(error)
    return answer(f"{container} {'takes part in' if member else 'is not in'} {network}", WELL if member else WRONG)
