import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.databases import Databases
from tests.crash.faulty_registry import ThreadedRegistry
from tests.crash.own_engine import OwnEngine
from tests.crash.scratch import Scratch

KINDS = ("sqlite", "postgresql")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave one of a test's two databases to the matrix: which one, its name decides, half of the tests each."""
    for item in items:
        kind = getattr(item, "callspec", None) and item.callspec.params.get("database_kind")
        if kind in KINDS:
            name = item.nodeid.replace("postgresql", "").replace("sqlite", "")
            if kind != KINDS[zlib.crc32(name.encode()) % 2]:
                item.add_marker(pytest.mark.matrix)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def scratch(tmp_path: Path, databases: Databases, database_kind: str) -> Iterator[Scratch]:
    place = Scratch(tmp_path, databases.new(database_kind, tmp_path))
    yield place
    place.close()


@pytest.fixture
def new_engine(scratch: Scratch) -> Iterator[Callable[..., OwnEngine]]:
    engines: list[OwnEngine] = []

    def make(**options: object) -> OwnEngine:
        engines.append(OwnEngine(**options))
        scratch.engines.append(engines[-1])
        engines[-1].start()
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()


@pytest.fixture
def registry() -> Iterator[ThreadedRegistry]:
    made = ThreadedRegistry()
    yield made
    made.close()
