"""Checking what is asked of an array beyond what is asked of each of its jobs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from container_manager.validation.plain_values import NumberRange, check_whole
from container_manager.validation.problems import Problems

#: The variables that tell a job of an array which one it is, and how many there are.
INDEX_VARIABLE = "SICKBAY_ARRAY_INDEX"
SIZE_VARIABLE = "SICKBAY_ARRAY_SIZE"

_SIZE = NumberRange(least=1, most=100_000, unit="jobs", example="100")


@dataclass(frozen=True, kw_only=True)
class ArrayShape:
    """How many jobs there are, with the indexes from 0, and how many may be active at once (``None``: any)."""

    size: int
    max_running: int | None = None


def check_array(size: object, max_running: object, fields: Mapping[str, object], problems: Problems) -> ArrayShape:
    """Return the shape of an array, and note what its jobs cannot have in common."""
    number = check_whole("size", size, problems, _SIZE)
    if size is None:
        problems.add("size", "is missing.", "Say how many jobs there are, for example 100.")
    shape = ArrayShape(size=number or 1, max_running=check_whole("max_running", max_running, problems, _SIZE))
    if fields.get("dedup_key"):
        problems.add("dedup_key", "stands for one job, and an array is many.", "Leave it out.")
    environment = fields.get("environment")
    for name in (INDEX_VARIABLE, SIZE_VARIABLE):
        if isinstance(environment, Mapping) and name in environment:
            problems.add(f"environment[{name!r}]", "is set by the array.", "Leave it out.")
    return shape


def index_variables(*, index: int, size: int) -> Mapping[str, str]:
    """Return what tells a job its place."""
    return {INDEX_VARIABLE: str(index), SIZE_VARIABLE: str(size)}


#: Rows that the waits of one array's jobs may take.
_MOST_WAIT_ROWS = 200_000


def check_array_waits(count: int, shape: ArrayShape) -> None:
    """Refuse an array of which every job would wait for very many others.

    Raises :class:`~container_manager.validation.problems.InvalidJobError`.
    """
    if count * shape.size > _MOST_WAIT_ROWS:
        problems = Problems()
        message = f"makes {shape.size} jobs wait for {count} others each."
        problems.add("after", message, "Put one job between them: it waits for the others, and the array for it.")
        problems.raise_if_any()
