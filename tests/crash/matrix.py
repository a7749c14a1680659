"""The whole of what must be survived, line by line, with a table at the end: ``make crash-matrix``.

``--line 9`` runs one line, and may be given several times. Most tests wait for something, so a few run side by side;
``--at-once 1`` runs them one after another. Everything else goes to pytest.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from tests.crash.reliability_lines import PROPERTY, WANTED

LINES = range(1, 23)


@dataclass(kw_only=True)
class Line:
    """How the tests of one line went."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: int = 0
    seconds: float = 0.0

    @property
    def verdict(self) -> str:
        """In one word."""
        if self.failed:
            return "FAIL"
        return "skip" if self.skipped or not self.passed else "pass"


class Table:
    """A plugin of pytest that counts by line."""

    def __init__(self, wanted: Sequence[int]) -> None:
        self.lines = {number: Line() for number in wanted}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one step of a test."""
        for name, number in report.user_properties:
            if name != PROPERTY:
                continue
            line = self.lines[number]
            line.seconds += report.duration
            line.passed += report.when == "call" and report.passed
            line.skipped += report.skipped
            if report.failed:
                line.failed.append(report.nodeid)

    def show(self) -> None:
        """Print the table."""
        print("\nline  verdict  passed  failed  skipped  seconds")
        for number, line in self.lines.items():
            row = f"{number:4}  {line.verdict:7}  {line.passed:6}  {len(line.failed):6}  {line.skipped:7}"
            print(f"{row}  {line.seconds:7.0f}")
            for name in line.failed:
                print(f"      {name}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the matrix; return pytest's exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--line", type=int, action="append", choices=LINES, metavar="N", help="only this line")
    parser.add_argument("--at-once", type=int, default=3, metavar="N", help="tests side by side")
    asked, rest = parser.parse_known_args(arguments)
    wanted = sorted(asked.line or LINES)
    os.environ[WANTED] = ",".join(map(str, wanted))
    table = Table(wanted)
    code = pytest.main(["-m", "reliability", "-q", "-n", str(asked.at_once), "tests", *rest], plugins=[table])
    table.show()
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
