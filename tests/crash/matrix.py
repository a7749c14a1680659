"""The whole of what must be survived, line by line, with a table at the end: ``make crash-matrix``.

``--line 9`` runs one line, and may be given several times; everything else goes to pytest.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

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

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out what proves other lines."""
        others = [item for item in items if not self._lines_of(item)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if self._lines_of(item)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[None]:
        """Count one step of a test."""
        report = yield
        for number in self._lines_of(item):
            line = self.lines[number]
            line.seconds += report.duration
            line.passed += report.when == "call" and report.passed
            line.skipped += report.skipped
            if report.failed:
                line.failed.append(item.nodeid)
        return report

    def show(self) -> None:
        """Print the table."""
        print("\nline  verdict  passed  failed  skipped  seconds")
        for number, line in self.lines.items():
            row = f"{number:4}  {line.verdict:7}  {line.passed:6}  {len(line.failed):6}  {line.skipped:7}"
            print(f"{row}  {line.seconds:7.0f}")
            for name in line.failed:
                print(f"      {name}")

    def _lines_of(self, item: pytest.Item) -> list[int]:
        marked = [marker.args[0] for marker in item.iter_markers("reliability")]
        return [number for number in self.lines if number in marked]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the matrix; return pytest's exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--line", type=int, action="append", choices=LINES, metavar="N", help="only this line")
    asked, rest = parser.parse_known_args(arguments)
    table = Table(sorted(asked.line or LINES))
    code = pytest.main(["-m", "reliability", "-q", "tests", *rest], plugins=[table])
    table.show()
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
