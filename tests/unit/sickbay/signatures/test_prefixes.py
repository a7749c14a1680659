"""What others put in front of a line hides no anchored signature, and the evidence shows the line as it is."""

from __future__ import annotations

import pytest

from sickbay.signatures.pattern import Pattern
from sickbay.signatures.prefixes import without_prefix
from sickbay.signatures.scanner import Scanner, Way
from tests.unit.sickbay.signatures.ways import all_ways

PREFIXES = [
    "2026-01-01T00:00:00.123456789Z ",
    "2026-01-01 00:00:00 ",
    "2026-01-01T00:00:00.123+02:00 stderr F ",
    "web_1  | ",
    "web-1                | ",
    "stack_web.1.abc@node-1    | ",
    "[pod/web-5d/app] ",
    "Nov 22 10:00:00 host dockerd[1]: ",
    "Nov  2 10:00:00 host systemd: ",
    "2026-11-22T10:00:00+0000 host app.service[12]: ",
    "2026-11-22T10:00:00+0000 host kernel: ",
    "#7 0.123 ",
    "##[error]",
    "2026-01-01T00:00:00.123456Z 01O ",
    "[2026-01-01T00:00:00.123Z] ",
    "\u2502 ",
    "2026-01-01T00:00:00.1234567Z ##[error]",
    "web-1  | 2026-01-01T00:00:00Z ",
    "[pod/web/app] 2026-01-01T00:00:00.1Z ",
]


@all_ways
@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_anchored_pattern_is_found_behind_a_prefix(prefix: str, way: Way) -> None:
    scanner = Scanner([Pattern(id="one", expression="^fail(?P<what> .*)?$")], way=way)
    hits = scanner.scan(f"ok\n{prefix}fail hard\n".encode())
    assert [(hit.line, hit.text, hit.captures) for hit in hits] == [(2, f"{prefix}fail hard", {"what": " hard"})]
    assert hits[0].column == len(prefix) + 1


@pytest.mark.parametrize(
    "line",
    [
        *("fail", "it may fail", "error: fail", "[main] fail", "2026 fail", "Nov fail", "# fail", "| fail"),
        *("2026-11-22T10:00:00Z Fatal error: fail", "2026-11-22 10:00:00 Expecting value: fail"),
    ],
)
def test_the_beginning_of_a_message_is_no_prefix(line: str) -> None:
    rest = without_prefix(line)
    assert rest is None or not rest.startswith("fail")
