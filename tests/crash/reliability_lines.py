"""Which lines of docs/reliability.md a test proves, told with its report, and which lines are wanted."""

from __future__ import annotations

import os

import pytest

PROPERTY = "reliability"
"""The name under which each report carries a line that its test proves."""

WANTED = "SICKBAY_RELIABILITY_LINES"
"""The variable that names the lines of which the tests are run, with commas between; all where it is not set."""


def note_lines(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each report tell its lines, and leave out the tests of other lines than those wanted."""
    wanted = {int(number) for number in os.environ.get(WANTED, "").split(",") if number}
    left_out = []
    for item in items:
        lines = {marker.args[0] for marker in item.iter_markers("reliability")}
        item.user_properties += [(PROPERTY, line) for line in sorted(lines & wanted if wanted else lines)]
        if wanted and not lines & wanted:
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
