"""What all tests share: which of them need a real part of the machine, and what to do where it is missing."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from sickbay.lab.database_server import server_programs
from tests import parts
from tests.crash.reliability_lines import note_lines

#: Parts that must be there: a test that needs one then fails instead of being skipped. Set by CI.
REQUIRED = frozenset(os.environ.get("SICKBAY_REQUIRE", "").replace(",", " ").split())


@dataclass(frozen=True, kw_only=True)
class Part:
    """A real part that some tests need, and how a person makes it available."""

    is_there: Callable[[], bool]
    how: str


PARTS = {
    "docker": Part(
        is_there=parts.engine_answers,
        how="start a Docker engine (Debian: apt-get install docker.io; systemctl start docker, or dockerd as root)",
    ),
    "cgroup": Part(
        is_there=parts.cgroups_can_be_made,
        how="run as a user who may make control groups (root, or a delegated subtree)",
    ),
    "registry": Part(
        is_there=parts.registry_is_there,
        how="install an image registry (Debian: apt-get install docker-registry openssl)",
    ),
    "postgresql": Part(
        is_there=lambda: server_programs() is not None,
        how="install PostgreSQL's server (Debian: apt-get install postgresql)",
    ),
    "faketime": Part(is_there=parts.faketime_is_there, how="install libfaketime (Debian: apt-get install faketime)"),
    "root": Part(is_there=lambda: os.geteuid() == 0, how="run as root"),
}


def pytest_configure() -> None:
    """Let what is shown be as wide as the programs make it, whatever this terminal's width is."""
    os.environ.pop("COLUMNS", None)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what tests compile out of the developer's own cache folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let reports tell what they prove."""
    note_lines(config, items)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose part is missing, or fail it where the part is required."""
    for name, part in PARTS.items():
        if item.get_closest_marker(name) is None or _is_there(name):
            continue
        message = f"{_REASON}{name}: {part.how}"
        if name in REQUIRED:
            pytest.fail(message, pytrace=False)
        pytest.skip(message)  # the part is missing, and the message says how to get it


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end which tests could not be run, and how to run them."""
    missing = _missing(terminalreporter.stats.get("skipped", []))
    for reason, tests in sorted(missing.items()):
        terminalreporter.section(f"{len(tests)} tests were not run", sep="-")
        terminalreporter.line(f"They need {reason}")
        for test in sorted(tests):
            terminalreporter.line(f"  {test}")


_REASON = "needs "


@cache
def _is_there(name: str) -> bool:
    return PARTS[name].is_there()


def _missing(reports: Iterable[pytest.TestReport]) -> dict[str, set[str]]:
    missing: dict[str, set[str]] = defaultdict(set)
    for report in reports:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        if reason.startswith(_REASON):
            missing[reason.removeprefix(_REASON)].add(report.nodeid)
    return missing
