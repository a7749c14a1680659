"""What a check says of a request's fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from container_manager.validation.problems import InvalidJobError, Problems


def told(check: Callable[[Mapping[str, object], Problems], object], **fields: object) -> dict[str, str]:
    """The fix for every wrong field, by the field."""
    problems = Problems()
    check(fields, problems)
    with pytest.raises(InvalidJobError) as caught:
        problems.raise_if_any()
    return {problem.field: problem.fix for problem in caught.value.problems}
