"""What the project's process runs: the checks that packages bring, one after the other, told as they answer.

It runs in the project's own interpreter and folder, as ``manage.py`` does. Started by ``project_process.py`` alone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from sickbay.checks.check import ENTRY_POINTS, Check, Place
from sickbay.checks.finding import Finding, unmeasured
from sickbay.checks.protocol import Begun, Done, Line, announced, encoded
from sickbay.checks.running import checked
from sickbay.safety.kernel import PR_SET_PDEATHSIG, prctl
from sickbay.safety.outcome import NotMeasured


def main(descriptor: int) -> None:
    """Run all checks, and tell them through a descriptor."""
    with contextlib.suppress(OSError):
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # nobody reads what is told after the parent's end
    place = Place(folder=Path.cwd(), environment=dict(os.environ))
    with os.fdopen(descriptor, "wb", buffering=0) as stream:
        for line in lines(tuple(offered(sorted(entry_points(group=ENTRY_POINTS)))), place):
            stream.write(encoded(line))
    sys.stdout.flush()
    os._exit(0)  # what the project started in threads and at its exit is not waited for


def lines(checks: Sequence[Check], place: Place) -> Iterator[Line]:
    """Run checks one after the other, and yield what is told."""
    yield announced(checks)
    for check in checks:
        yield Begun(check.id)
        yield Done(checked(check, place))


def offered(points: Sequence[EntryPoint]) -> Iterator[Check]:
    """Yield the checks of entry points. One that cannot be loaded is a check that could not be made."""
    for point in points:
        try:
            yield from point.load()
        except Exception as error:  # noqa: BLE001  (another package's code; the others go on)
            yield _unloaded(point.name, f"{point.value} cannot be loaded: {type(error).__name__}: {error}")


def _unloaded(name: str, why: str) -> Check:
    def look(_: Place) -> Finding:
        return unmeasured(NotMeasured.BROKEN, why)

    return Check(id=name, title=f"checks of {name}", look=look)
